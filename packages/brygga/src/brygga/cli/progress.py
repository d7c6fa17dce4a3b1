"""Shows the phases of something that takes a while: live on a terminal, a line each elsewhere."""

from __future__ import annotations

import abc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from brygga.cli.session import Session
from brygga.operations.event import Event, Printed
from brygga.operations.operation import Operation, OperationKind, Subject
from brygga.operations.progress import Progress
from brygga.operations.timeline import OperationState, PhaseSpan, Timeline, evidence

F = TypeVar("F", bound=Callable[..., object])


def verbose_option(function: F) -> F:
    """Adds `--verbose`."""
    return click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Print what tools print on the way, not only where a step fails.",
    )(function)


@contextmanager
def shown_progress(*, verbose: bool = False) -> Iterator[Progress]:
    """Prints on stderr, so that the output of the command stays its own.

    A phase that is left by an exception is not called done; what a tool printed in it is shown.

    Args:
        verbose: Show what tools print in any case, as it comes.
    """
    with _screen(verbose) as screen:
        shown = _Shown(screen)
        try:
            yield shown
        except Exception:
            shown.end(OperationState.FAILED)
            raise
        except BaseException:
            shown.end(OperationState.INTERRUPTED)
            raise
        shown.end(OperationState.DONE)


@contextmanager
def shown_operation(
    session: Session, kind: OperationKind, subject: Subject, *, verbose: bool = False
) -> Iterator[Progress]:
    """Several calls as one operation, which is shown here and can be followed from elsewhere."""
    with (
        shown_progress(verbose=verbose) as shown,
        session.workspace.operations.begin(kind, subject, shown) as operation,
    ):
        yield operation


def show_followed(looks: Iterable[Operation]) -> Operation:
    """Shows an operation of another process as it goes on; returns how it was at last."""
    last = None
    with _screen(verbose=False) as screen:
        for last in looks:
            screen.draw(last.remarks, last.phases)
    assert last is not None
    return last


class _Screen(abc.ABC):
    """Draws phases as they come, each thing once."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._at = -1
        self._remarks = 0
        self._total = 0

    def draw(self, remarks: Sequence[str], phases: Sequence[PhaseSpan]) -> None:
        """Draws what is new since the last time.

        Args:
            remarks: Those from before the first phase.
        """
        self._say(remarks if self._at < 0 else ())
        for number, phase in enumerate(phases):
            if number < self._at:
                continue
            if number > self._at:
                self._at, self._remarks = number, 0
                self.began(phase)
            self._say(phase.remarks)
            if phase.total:
                self.advanced(phase)
            if phase.ended is not None and self._total <= number:
                self._total = number + 1
                self.ended(phase)
                for line in () if self._verbose else evidence([phase]):
                    self.said(line)

    def printed(self, line: str) -> None:
        """A tool's own output, as it comes."""
        if self._verbose:
            self.said(line)

    def _say(self, remarks: Sequence[str]) -> None:
        for text in remarks[self._remarks :]:
            self.said(text)
        self._remarks = max(self._remarks, len(remarks))

    @abc.abstractmethod
    def began(self, phase: PhaseSpan) -> None:
        """A phase is there."""

    @abc.abstractmethod
    def advanced(self, phase: PhaseSpan) -> None:
        """A share of it is done."""

    @abc.abstractmethod
    def ended(self, phase: PhaseSpan) -> None:
        """It is over."""

    @abc.abstractmethod
    def said(self, line: str) -> None:
        """Something that belongs to it."""


class _Plain(_Screen):
    """A line for each phase when it begins; its time would come too late to be of use in a log."""

    def began(self, phase: PhaseSpan) -> None:
        click.echo(f"{phase.text}.", err=True)

    def advanced(self, phase: PhaseSpan) -> None:
        """That would be many lines."""

    def ended(self, phase: PhaseSpan) -> None:
        """The next one tells."""

    def said(self, line: str) -> None:
        click.echo(f"  {line}", err=True)


class _Live(_Screen):
    """A spinner with the present phase; above it those that are done, with the time they took."""

    def __init__(self, verbose: bool) -> None:
        from rich.console import Console
        from rich.status import Status

        super().__init__(verbose)
        self.status = Status("", console=Console(stderr=True))

    def began(self, phase: PhaseSpan) -> None:
        self.status.update(_escaped(phase.text))

    def advanced(self, phase: PhaseSpan) -> None:
        self.status.update(_escaped(f"{phase.text} ({phase.done} of {phase.total})"))

    def ended(self, phase: PhaseSpan) -> None:
        mark = "[green]✓[/]" if phase.state is OperationState.DONE else "[red]✗[/]"
        took = f"[dim]{phase.seconds(0):.1f} s[/]"
        self.status.console.print(f"{mark} {_escaped(phase.text)} {took}")

    def said(self, line: str) -> None:
        self.status.console.print(f"[dim]  {_escaped(line)}[/]", highlight=False, soft_wrap=True)


class _Shown(Progress):
    """Draws what it is told."""

    def __init__(self, screen: _Screen) -> None:
        self._screen = screen
        self._timeline = Timeline()

    def tell(self, event: Event) -> None:
        self._timeline.add(event, time.monotonic())
        if isinstance(event, Printed):
            self._screen.printed(event.line)
        else:
            self._draw()

    def end(self, state: OperationState) -> None:
        """Calls the present phase by what became of it."""
        self._timeline.end(state, time.monotonic())
        self._draw()

    def _draw(self) -> None:
        self._screen.draw(self._timeline.remarks, self._timeline.phases)


@contextmanager
def _screen(verbose: bool) -> Iterator[_Screen]:
    if sys.stderr.isatty():
        live = _Live(verbose)
        with live.status:
            yield live
    else:
        yield _Plain(verbose)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
