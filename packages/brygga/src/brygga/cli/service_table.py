"""Services as a table that fits a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brygga.cli.output import count_text, print_table, size_text, span_text

if TYPE_CHECKING:
    from brygga.services import ServiceSnapshot

_COLUMNS = ("name", "state", "rev", "requests", "errors", "memory", "age", "target", "address")
_SPARE = ("target", "address", "age", "memory", "rev", "errors", "requests")


def print_services(found: Sequence[ServiceSnapshot], *, width: int | None = None) -> None:
    """Prints a line for each.

    Args:
        width: Of the terminal; None looks.
    """
    now = datetime.now(UTC)
    print_table(
        [_row(each, now) for each in found],
        _COLUMNS,
        empty="No services. Deploy one: brygga deploy NAME --entry-script score.py",
        spare=_SPARE,
        width=width,
    )


def state_of(service: ServiceSnapshot) -> str:
    """With the cause, where one keeps it from serving: ended is not out of memory."""
    error = service.error
    if error is None or service.state_text in ("Healthy", "Stopped"):
        return service.state_text
    return f"{service.state_text} ({error.cause})"


def _row(service: ServiceSnapshot, now: datetime) -> dict[str, object]:
    traffic = service.traffic
    return {
        "name": service.name,
        "state": state_of(service),
        "rev": None if service.serving is None else service.serving.number,
        "requests": count_text(None if traffic is None else traffic.requests),
        "errors": count_text(None if traffic is None else traffic.errors),
        "memory": size_text(service.memory_bytes),
        "age": span_text((now - service.created_at).total_seconds()),
        "target": service.target,
        "address": (service.url or "").removeprefix("http://"),
    }
