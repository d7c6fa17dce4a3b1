"""Runs both servers through everything, and says where they differ."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from support import environments
from support.differential.grid import SCENARIOS
from support.differential.scenario import Scenario
from support.differential.servers import Setup, Started
from support.differential.startup import SETUPS
from support.differential.wire import ask

_AT_ONCE = 4  # most of the time is that of starting servers


@dataclass(frozen=True)
class Found:
    """A cell that came out differently."""

    cell: str
    parts: set[str]
    told: str

    def __str__(self) -> str:
        return f"{self.cell} ({', '.join(sorted(self.parts))})\n{self.told}"


@dataclass
class Comparison:
    """All cells, run through."""

    cells: int = 0
    found: list[Found] = field(default_factory=list)


def run(folder: Path) -> Comparison:
    """Compares all of it; takes a minute, and most of two processors."""
    environments.reference()
    environments.scripts()
    comparison = Comparison(sum(len(scenario.cells) for scenario in SCENARIOS) + len(SETUPS))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [pool.submit(_answers, scenario, folder) for scenario in SCENARIOS]
        starts = [pool.submit(_start, name, setup, folder) for name, setup in SETUPS.items()]
        for answered in answers:
            comparison.found += answered.result()
        comparison.found += [found for start in starts if (found := start.result())]
    return comparison


def _answers(scenario: Scenario, folder: Path) -> list[Found]:
    found = []
    places = _places(folder, scenario.name)
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
                told = f"    theirs: {answers[0].shown(parts)}\n    ours: {answers[1].shown(parts)}"
                found.append(Found(f"{scenario.name}: {name}", parts, told))
    return found


def _start(name: str, setup: Setup, folder: Path) -> Found | None:
    outcomes = []
    for place, is_ours in zip(_places(folder, f"start {name}"), (False, True), strict=True):
        with Started(setup, place, ours=is_ours) as server:
            outcomes.append(server.outcome())
    if outcomes[0] == outcomes[1]:
        return None
    told = "    theirs: {}\n    ours: {}".format(*outcomes)
    return Found(f"startup: {name}", {"outcome"}, told)


def _places(folder: Path, name: str) -> list[Path]:
    """Two folders of one name, since a script may see the name."""
    return [folder / whose / name / "app" for whose in ("theirs", "ours")]
