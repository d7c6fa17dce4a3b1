"""`brygga top`: what all services do now, over and over."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from brygga.cli.output import size_text, table_lines
from brygga.cli.service_table import state_of
from brygga.cli.service_view import seconds_text
from brygga.cli.session import Session, pass_session

if TYPE_CHECKING:
    from brygga.services import ServiceSnapshot
    from brygga.services.traffic import Traffic

_COLUMNS = ("name", "state", "req/s", "errors", "p50", "p95", "memory", "limit")
_SPARE = ("limit", "p50", "memory", "p95", "errors", "req/s")
_NONE = "No services."


@click.command()
@click.option("--once", is_flag=True, help="Print one table and end, as without a terminal.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.0, max=3600.0),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to count before what was counted is shown.",
)
@pass_session
def top(session: Session, *, once: bool, interval: float) -> None:
    """Watch all services: requests, errors, times and memory."""
    session.when_interrupted = "All services go on."
    services = session.workspace.services
    watch = Watch()
    watch.look(services.snapshots(), time.monotonic())
    if once or not sys.stdout.isatty():
        time.sleep(interval)
        for line in watch.look(services.snapshots(), time.monotonic()):
            click.echo(line)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(max(interval, 0.2))
            lines = watch.look(services.snapshots(), time.monotonic(), console.width)
            live.update(Text("\n".join(lines), no_wrap=True), refresh=True)


class Watch:
    """Remembers the last look, so that the next one can say what came since."""

    def __init__(self) -> None:
        self._last: dict[str, Traffic | None] = {}
        self._at = 0.0

    def look(
        self, found: Sequence[ServiceSnapshot], now: float, width: int | None = None
    ) -> list[str]:
        """The lines of a table.

        Args:
            now: Seconds of a clock that only goes forward.
            width: Of the terminal; None looks.
        """
        rows = [self._row(each, now - self._at) for each in found]
        self._last, self._at = {each.name: each.traffic for each in found}, now
        return table_lines(rows, _COLUMNS, spare=_SPARE, width=width) if rows else [_NONE]

    def _row(self, service: ServiceSnapshot, seconds: float) -> dict[str, object]:
        came = service.traffic
        if came is not None:
            came = came.since(self._last.get(service.name))
        busy = came is not None and came.requests > 0
        return {
            "name": service.name,
            "state": state_of(service),
            "req/s": "" if came is None else f"{came.requests / max(seconds, 1e-3):.1f}",
            "errors": f"{came.errors / came.requests:.1%}" if came and busy else "",
            "p50": seconds_text(came.quantile(0.5)) if came else "",
            "p95": seconds_text(came.quantile(0.95)) if came else "",
            "memory": size_text(service.memory_bytes),
            "limit": f"{service.current.spec.memory_gb:g} GB",
        }
