"""Releases of the scoring server, and local wheels, that nothing is made of any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from brygga.environments.server import carried_server
from brygga.gc.disk import is_abandoned, remove
from brygga.gc.garbage import Collector, Garbage
from brygga.gc.retention import Retention, Tenants, read_retention
from brygga.store.disk import size_of
from brygga.store.files import PARTIAL

_WHAT = {"servers": "server", "wheels": "wheel"}


class UnusedReleases(Collector):
    """What lies in `$BRYGGA_HOME/servers` and `wheels`, each under its digest.

    Both are put there again by whoever deploys with them: the server from the Brygga that carries
    it, a wheel from where the user has it. Rows are written after that, so what was put there a
    moment ago is left alone.
    """

    def __init__(self, home: Path, tenants: Tenants) -> None:
        self._home = home
        self._tenants = tenants

    def find(self) -> Iterator[Garbage]:
        """By kind and digest."""
        needs = read_retention(self._tenants())
        for folder, kind in _WHAT.items():
            for path in sorted((self._home / folder).glob("*")):
                reason = _why_unused(path, kind, needs)
                if reason is not None:
                    yield Garbage(kind, path.name, size_of(path), reason)
        yield from self._sources()

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """After another look at all rows."""
        needs = read_retention(self._tenants())
        for each in found:
            if each.kind == "source":
                remove(self._home / "wheels" / "sources" / each.name)
                yield each
                continue
            folder = next(f for f, kind in _WHAT.items() if kind == each.kind)
            path = self._home / folder / each.name
            if _why_unused(path, each.kind, needs) is not None:
                remove(path)
                yield each

    def _sources(self) -> Iterator[Garbage]:
        for path in sorted((self._home / "wheels" / "sources").glob("*")):
            wheel = path.read_text(encoding="utf-8")
            if not (self._home / "wheels" / wheel).is_file():
                reason = "the wheel that was built of it is gone"
                yield Garbage("source", path.name, path.stat().st_size, reason)


def _why_unused(path: Path, kind: str, needs: Retention) -> str | None:
    if path.name == "sources" or path.name.startswith(PARTIAL) or not is_abandoned(path):
        return None
    if kind == "server":
        needed = path.name in needs.servers | {carried_server().digest}
        return None if needed else "no kept revision or image goes with it"
    needed = any(wheel.startswith(f"{path.name}/") for wheel in needs.wheels)
    return None if needed else "no registered environment, kept revision or image has it"
