"""What is left of services that are no more: files, processes, logs, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from brygga.gc.garbage import Collector, Garbage
from brygga.store.filelock import FileLock
from brygga.store.secrets import SecretStore
from brygga.store.store import Store
from brygga.targets.base import Target


class EndedServices(Collector):
    """What the kernel keeps of services that were killed: control groups that nobody is in."""

    def __init__(
        self,
        workspace: str,
        stores: Sequence[Store],
        targets: Mapping[str, Target],
        operation: Callable[[str], FileLock],
    ) -> None:
        """Nothing is looked at yet; the arguments are those of `LostServices`."""
        self._workspace = workspace
        self._stores = stores
        self._targets = targets
        self._operation = operation

    def find(self) -> Iterator[Garbage]:
        """By service; of this home only."""
        for name, target in self._mine().items():
            left = target.left_of(name)
            if left:
                reason = f"nobody is in {', '.join(left)}"
                yield Garbage("control groups", name, 0, reason, self._workspace)

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """Each under the lock of operations on it: one that is being started keeps them."""
        mine = self._mine()
        for each in found:
            with self._operation(each.name).tried() as alone:
                if not alone or each.name not in mine:
                    continue
                mine[each.name].reconcile(each.name)
            yield each

    def _mine(self) -> dict[str, Target]:
        rows = [row for store in self._stores for row in store.services.list()]
        return {
            row.name: self._targets[row.target]
            for row in rows
            if self._targets[row.target].elsewhere(row.name, row.place) is None
        }


class LostServices(Collector):
    """What targets keep of services that have no row, and secrets of such."""

    def __init__(
        self,
        workspace: str,
        stores: Sequence[Store],
        targets: Mapping[str, Target],
        secrets: SecretStore,
        operation: Callable[[str], FileLock],
    ) -> None:
        """Nothing is looked at yet.

        Args:
            operation: The lock that operations on a service of that name hold.
        """
        self._workspace = workspace
        self._stores = stores
        self._targets = targets
        self._secrets = secrets
        self._operation = operation

    def find(self) -> Iterator[Garbage]:
        """By target and service; not those that are being deployed."""
        known = self._known()
        for kind, target in self._targets.items():
            for name, size in sorted(target.traces().items()):
                if name not in known and self._is_idle(name):
                    reason = "there is no such service any more"
                    yield Garbage(f"{kind} service", name, size, reason, self._workspace)
        for name in sorted(self._secrets.names() - known):
            if self._is_idle(name):
                reason = "the service they were for is not there"
                yield Garbage("keys and secrets", name, 0, reason, self._workspace)

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """Each under the lock of operations on it; its processes are ended."""
        for each in found:
            with self._operation(each.name).tried() as mine:
                if not mine or each.name in self._known():
                    continue
                if each.kind == "keys and secrets":
                    self._secrets.delete(each.name)
                else:
                    self._targets[each.kind.removesuffix(" service")].delete(each.name)
            yield each

    def _known(self) -> set[str]:
        return {row.name for store in self._stores for row in store.services.list()}

    def _is_idle(self, name: str) -> bool:
        return not self._operation(name).is_held()
