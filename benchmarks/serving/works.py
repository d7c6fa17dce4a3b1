"""What is measured, round by round, and the marks that it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .contestants import AZML, BARE, OURS, OURS_BATCHED, Contestant
from .load import Load


@dataclass(frozen=True)
class Work:
    """Requests of one kind."""

    name: str
    rows: int
    connections: int
    ours: str  # which of our two scripts does it
    everybody: bool = True  # else only who is named in a mark


ONE_ROW = Work("1 row, 16 connections", 1, 16, OURS_BATCHED)
MANY_ROWS = Work("30 rows, 16 connections", 30, 16, OURS_BATCHED)
UNDECORATED = Work("undecorated script, 1 row, 16 connections", 1, 16, OURS, everybody=False)
ALONE = Work("undecorated script, 1 row, 1 connection", 1, 1, OURS, everybody=False)
WORKS = (ONE_ROW, MANY_ROWS, UNDECORATED, ALONE)


@dataclass(frozen=True)
class Mark:
    """A number and its limit. `least` is a lower bound; with `at_most`, an upper one."""

    name: str
    value: float
    least: float
    aim: float
    at_most: bool = False
    unit: str = ""

    @property
    def ok(self) -> bool:
        """Whether the limit holds."""
        return self.value <= self.least if self.at_most else self.value >= self.least


Rounds = dict[tuple[str, str], list[Load]]  # (work, contestant): one load for each round


def asked(work: Work, contestants: Sequence[Contestant]) -> list[Contestant]:
    """Who does a work."""
    named = (AZML, BARE) if work is UNDECORATED else (AZML,)
    return [
        c
        for c in contestants
        if c.name == work.ours or (c.peer and work.everybody) or c.name in named
    ]


def marks(rounds: Rounds, contestants: Sequence[Contestant]) -> list[Mark]:
    """The ratios of the table, each the median over the rounds."""
    peers = [c.name for c in contestants if c.peer]
    return [
        Mark(f"{UNDECORATED.name}: over {AZML}", _ratio(rounds, UNDECORATED, [AZML]), 2.2, 2.7),
        Mark(f"{UNDECORATED.name}: over {BARE}", _ratio(rounds, UNDECORATED, [BARE]), 0.95, 1.1),
        Mark(
            f"{ALONE.name}: median latency over that of {AZML}",
            _median_ratio(rounds), 0.8, 0.65, at_most=True,
        ),
        Mark(f"{ONE_ROW.name}: over {AZML}", _ratio(rounds, ONE_ROW, [AZML]), 10, 15),
        Mark(f"{ONE_ROW.name}: over the best peer", _ratio(rounds, ONE_ROW, peers), 7, 11),
        Mark(f"{MANY_ROWS.name}: over {AZML}", _ratio(rounds, MANY_ROWS, [AZML]), 11, 14),
        Mark(f"{MANY_ROWS.name}: over the best peer", _ratio(rounds, MANY_ROWS, peers), 3, 4),
    ]  # fmt: skip


def _ratio(rounds: Rounds, work: Work, others: Sequence[str]) -> float:
    ours = rounds[work.name, work.ours]
    measured = [rounds[work.name, name] for name in others]
    return median(
        own.rate / max(loads[number].rate for loads in measured) for number, own in enumerate(ours)
    )


def _median_ratio(rounds: Rounds) -> float:
    pairs = zip(rounds[ALONE.name, OURS], rounds[ALONE.name, AZML], strict=True)
    return median(own.median / other.median for own, other in pairs)
