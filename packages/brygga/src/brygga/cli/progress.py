"""Shows the phases of something that takes a while: live on a terminal, a line each elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from brygga.operations.event import Advanced, Event, PhaseBegan, Printed, Remarked
from brygga.operations.progress import Lines, Progress
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
    display = _Live(verbose) if sys.stderr.isatty() else _Plain(verbose)
    with display:
        try:
            yield display
        except Exception:
            display.end(OperationState.FAILED)
            raise
        except BaseException:
            display.end(OperationState.INTERRUPTED)
            raise
        display.end(OperationState.DONE)


class _Plain(Progress):
    """A line for each phase when it begins; its time would come too late to be of use in a log."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._timeline = Timeline()
        self._lines = Lines(lambda line: click.echo(line, err=True))

    def tell(self, event: Event) -> None:
        self._timeline.add(event, time.monotonic())
        if self._verbose or not isinstance(event, Printed):
            self._lines.tell(event)

    def end(self, state: OperationState) -> None:
        """Calls the present phase by what became of it."""
        self._timeline.end(state, time.monotonic())
        for line in () if self._verbose else evidence(self._timeline.phases):
            click.echo(f"  {line}", err=True)

    def __enter__(self) -> None:
        """Nothing is kept open."""

    def __exit__(self, *_: object) -> None:
        """Nothing was kept open."""


class _Live(Progress):
    """A spinner with the present phase; above it those that are done, with the time they took."""

    def __init__(self, verbose: bool) -> None:
        from rich.console import Console
        from rich.status import Status

        self._verbose = verbose
        self._timeline = Timeline()
        self._status = Status("", console=Console(stderr=True))

    def tell(self, event: Event) -> None:
        self._timeline.add(event, time.monotonic())
        match event:
            case PhaseBegan():
                self._print_ended(self._timeline.phases[-2:-1])
                self._status.update(_escaped(event.text))
            case Remarked():
                self._print_dim(event.text)
            case Printed():
                if self._verbose:
                    self._print_dim(event.line)
            case Advanced():
                text = self._timeline.phases[-1].text if self._timeline.phases else ""
                self._status.update(_escaped(f"{text} ({event.done} of {event.total})"))

    def end(self, state: OperationState) -> None:
        """Calls the present phase by what became of it."""
        self._timeline.end(state, time.monotonic())
        self._print_ended(self._timeline.phases[-1:])
        for line in () if self._verbose else evidence(self._timeline.phases):
            self._print_dim(line)

    def __enter__(self) -> None:
        self._status.start()

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def _print_ended(self, phases: list[PhaseSpan]) -> None:
        for step in phases:
            mark = "[green]✓[/]" if step.state is OperationState.DONE else "[red]✗[/]"
            took = f"[dim]{step.seconds(time.monotonic()):.1f} s[/]"
            self._status.console.print(f"{mark} {_escaped(step.text)} {took}")

    def _print_dim(self, line: str) -> None:
        self._status.console.print(f"[dim]  {_escaped(line)}[/]", highlight=False, soft_wrap=True)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
