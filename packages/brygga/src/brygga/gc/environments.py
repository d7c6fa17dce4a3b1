"""Realised environments and servers that no service needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from brygga.environments.interpreters import Interpreters
from brygga.environments.realise import MARKER, environment_lock
from brygga.environments.server import carried_server
from brygga.gc.disk import remove
from brygga.gc.garbage import Collector, Garbage
from brygga.gc.retention import Retention, Tenants, read_retention
from brygga.store.disk import size_of
from brygga.store.files import DISCARDED, discard


class UnusedEnvironments(Collector):
    """Environments below `$BRYGGA_HOME/environments`, those never finished among them."""

    def __init__(self, home: Path, tenants: Tenants) -> None:
        self._home = home
        self._folder = home / "environments"
        self._tenants = tenants

    def find(self) -> Iterator[Garbage]:
        """By the name of their folder."""
        needs = read_retention(self._tenants())
        for path in sorted(self._folder.glob("*")):
            reason = self._why_unused(path, needs)
            if reason is not None:
                yield Garbage("environment", path.name, size_of(path), reason)

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """Each under its lock: whoever makes it, or runs a test in it, keeps it."""
        for each in found:
            path = self._folder / each.name
            lock = environment_lock(self._home, each.name, "removing it as unused")
            with lock.tried() as mine:
                if not mine or self._why_unused(path, read_retention(self._tenants())) is None:
                    continue
                rest = path if path.name.startswith(DISCARDED) else discard(path)
            remove(rest)
            yield each

    def _why_unused(self, path: Path, needs: Retention) -> str | None:
        if path.name.startswith(DISCARDED):
            return "left by a removal that was interrupted"
        if not path.is_dir() or path.name in needs.environments:
            return None
        try:
            made_of = json.loads((path / MARKER).read_text(encoding="utf-8"))["of"]
        except (OSError, ValueError, KeyError):
            return "never finished"
        if not (path / "bin" / "python").exists():
            return "its Python is gone"
        if made_of in needs.locks | needs.servers | {carried_server().digest}:
            return None
        return "no kept revision of a service needs it"


class OldInterpreters(Collector):
    """What is remembered of interpreters that are gone, or have been replaced."""

    def __init__(self, home: Path) -> None:
        self._interpreters = Interpreters(home, downloads="never")

    def find(self) -> Iterator[Garbage]:
        """By what they were asked for: a version, or a path."""
        for asked in self._interpreters.outdated():
            yield Garbage("interpreter", asked, 0, "it is gone, or another one is in its place")

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """They are asked again when they are next wanted."""
        self._interpreters.forget([each.name for each in found])
        yield from found
