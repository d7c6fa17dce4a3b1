"""Shows the phases of something that takes a while: live on a terminal, a line each elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.status import Status


class Phases(Protocol):
    """Called with one short line at the start of each phase, as the SDK's `progress` is."""

    def __call__(self, phase: str, /) -> None:
        """Ends the phase before and begins this one; an indented line is a remark on it."""


@contextmanager
def phases() -> Iterator[Phases]:
    """Prints on stderr, so that the output of the command stays its own.

    A phase that is left by an exception is not called done.
    """
    if sys.stderr.isatty():
        shown = _Live()
        with shown.status:
            yield shown
            shown.finish()
    else:
        plain = _Plain()
        yield plain
        plain.finish()


class _Plain:
    """A line for each phase when it begins; its time would come too late to be of use in a log."""

    def __call__(self, phase: str, /) -> None:
        click.echo(phase, err=True)

    def finish(self) -> None:
        """Nothing is open."""


class _Live:
    """A spinner with the present phase; above it those that are done, with the time they took."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.status import Status

        self.status: Status = Status("", console=Console(stderr=True))
        self._phase = ""
        self._since = 0.0

    def __call__(self, phase: str, /) -> None:
        if phase.startswith(" "):
            self.status.console.print(f"[dim]{_escaped(phase)}[/]")
            return
        self.finish()
        self._phase, self._since = phase.rstrip("."), time.monotonic()
        self.status.update(_escaped(self._phase))

    def finish(self) -> None:
        """Calls the present phase done."""
        if self._phase:
            took = time.monotonic() - self._since
            self.status.console.print(f"[green]✓[/] {_escaped(self._phase)} [dim]{took:.1f} s[/]")
            self._phase = ""


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
