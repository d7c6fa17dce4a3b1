"""Ours and the original are sent the same requests and have to answer the same, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.differential import environments
from support.differential.differences import load
from support.differential.grid import SCENARIOS
from support.differential.scenario import Scenario
from support.differential.servers import Started
from support.differential.wire import Answer, ask

_AT_ONCE = 3  # scenarios; most of their time is that of starting servers


@dataclass(frozen=True)
class Difference:
    """A cell that was answered differently."""

    cell: str
    parts: set[str]
    theirs: Answer
    ours: Answer

    def __str__(self) -> str:
        lines = [f"{self.cell}: {', '.join(sorted(self.parts))}"]
        for whose, answer in (("theirs", self.theirs), ("ours", self.ours)):
            headers = {n: answer.values(n) for n in self.parts if n not in ("status", "body")}
            lines.append(f"    {whose}: {answer.status} {answer.body[:200]!r} {headers or ''}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Comparison:
    """All scenarios, run through."""

    cells: int
    found: list[Difference]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    environments.reference(), environments.scripts()
    folder = tmp_path_factory.mktemp("differential")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = pool.map(lambda scenario: list(compare(scenario, folder)), SCENARIOS)
        found = [difference for run in runs for difference in run]
    return Comparison(sum(len(scenario.cells) for scenario in SCENARIOS), found)


def compare(scenario: Scenario, folder: Path) -> Iterator[Difference]:
    """The differences in one scenario."""
    places = [folder / f"{scenario.name} {whose}" for whose in ("theirs", "ours")]
    with (
        Started(scenario.setup, places[0], ours=False) as theirs,
        Started(scenario.setup, places[1], ours=True) as ours,
    ):
        outcomes = [server.outcome() for server in (theirs, ours)]
        assert outcomes == ["serves", "serves"], theirs.log + ours.log
        for name, request in scenario.cells.items():
            answers = ask(theirs.port, request), ask(ours.port, request)
            parts = answers[0].differing(answers[1])
            if parts:
                yield Difference(f"{scenario.name}: {name}", parts, *answers)


def test_every_difference_is_listed(comparison: Comparison) -> None:
    listed = load()
    unlisted = [d for d in comparison.found if not any(r.covers(d.cell, d.parts) for r in listed)]
    print(f"{comparison.cells} cells, {len(comparison.found)} differ, {len(listed)} reasons")
    assert not unlisted, "\n".join(map(str, unlisted))


def test_every_listed_difference_occurs(comparison: Comparison) -> None:
    idle = [
        row.what for row in load() if not any(row.covers(d.cell, d.parts) for d in comparison.found)
    ]
    assert not idle, f"these do not differ any more, take them off the list: {idle}"


def test_the_grid_is_large(comparison: Comparison) -> None:
    assert comparison.cells >= 1000
