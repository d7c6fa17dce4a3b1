"""What is of no use any more, and the seam to whatever knows how to find and remove it."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from brygga.errors import StoreError
from brygga.markup import card, table


@dataclass(frozen=True)
class Garbage:
    """Something that nothing uses.

    Attributes:
        kind: As `blob` or `environment`.
        name: What it is found by within its kind, the same from one look to the next.
        size: In bytes, on disk.
        reason: Why it is of no use, for people.
        workspace: Which one it was of; None for what all workspaces share.
    """

    kind: str
    name: str
    size: int
    reason: str
    workspace: str | None = None


class Collector(abc.ABC):
    """Knows one kind of things, and which of them are still needed.

    Between `find` and `remove` others may begin to use what was found: `remove` looks again, under
    whatever lock keeps them out while it does.
    """

    @abc.abstractmethod
    def find(self) -> Iterator[Garbage]:
        """What nothing uses now; changes nothing."""

    @abc.abstractmethod
    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """Removes what is still unused of what was found; gives what is gone.

        May be killed at any moment: the next one finds what is left.
        """


@dataclass(frozen=True)
class Sweep:
    """What one look has found, and what became of it.

    Attributes:
        found: All that nothing used.
        removed: What of it is gone; nothing after a dry run. The rest came into use meanwhile, or
            somebody was at work on it.
    """

    found: tuple[Garbage, ...]
    removed: tuple[Garbage, ...] = ()

    def _repr_html_(self) -> str:
        facts = {"unused": f"{self.size:,} bytes", "removed": f"{self.freed:,} bytes"}
        return card("Garbage", facts) + (table([_row(each) for each in self.found]))

    @property
    def size(self) -> int:
        """Bytes of all that was found."""
        return sum(each.size for each in self.found)

    @property
    def freed(self) -> int:
        """Bytes of what was removed."""
        return sum(each.size for each in self.removed)


def _row(found: Garbage) -> dict[str, object]:
    size = f"{found.size:,} bytes"
    return {"kind": found.kind, "name": found.name, "size": size, "why": found.reason}


def sweep(collectors: Iterable[Collector], *, dry_run: bool) -> Sweep:
    """Finds all that is unused, and removes it unless it is a dry run."""
    found: list[Garbage] = []
    removed: list[Garbage] = []
    again: list[tuple[Collector, tuple[Garbage, ...]]] = []
    for collector in collectors:
        mine = tuple(collector.find())
        found += mine
        if mine and not dry_run:
            try:
                removed += collector.remove(mine)
            except (StoreError, OSError):
                again.append((collector, mine))
    # On a full disk what has to write in order to remove waits for those that need not.
    for collector, mine in again:
        removed += collector.remove([each for each in mine if each not in removed])
    return Sweep(tuple(found), tuple(removed))
