"""Runs both servers through everything, and says where they differ."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from support import environments
from support.cache import made
from support.differential.grid import SCENARIOS
from support.differential.scenario import Scenario
from support.differential.servers import Setup, Started
from support.differential.startup import SETUPS
from support.differential.wire import Answer, ask

_AT_ONCE = 4  # most of the time is that of starting servers


@dataclass(frozen=True)
class Observed:
    """What one of the two servers did.

    Attributes:
        answers: To each cell of each scenario.
        starts: What came of each start that may fail.
    """

    answers: dict[str, dict[str, Answer]]
    starts: dict[str, str]


@dataclass(frozen=True)
class Found:
    """A cell that came out differently."""

    cell: str
    parts: set[str]
    told: str

    def __str__(self) -> str:
        return f"{self.cell} ({', '.join(sorted(self.parts))})\n{self.told}"


@dataclass(frozen=True)
class Comparison:
    """All cells, run through.

    Attributes:
        record: The folder with what the original did.
    """

    cells: int
    found: tuple[Found, ...]
    record: Path


def run(folder: Path) -> Comparison:
    """Compares all of it: ours as it is now with the original as it was when it was recorded.

    The original is what its pinned packages are, so that it is asked again where these or what it
    is asked have changed.
    """
    environments.scripts()
    record = made("original", _inputs(), _record)
    theirs: Observed = pickle.loads((record / _FILE).read_bytes())
    ours = _observe(folder, ours=True)
    cells = sum(len(scenario.cells) for scenario in SCENARIOS) + len(SETUPS)
    return Comparison(cells, tuple(_differences(theirs, ours)), record)


_FILE = "observed.pickle"


def _inputs() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    texts = [file.read_text(encoding="utf-8") for file in sources]
    return "\n".join([str(environments.reference()), sys.version, *texts])


def _record(into: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        observed = _observe(Path(folder), ours=False)
    (into / _FILE).write_bytes(pickle.dumps(observed))


def _observe(folder: Path, *, ours: bool) -> Observed:
    place = folder / ("ours" if ours else "theirs")

    def answers(scenario: Scenario) -> dict[str, Answer]:
        return _answers(scenario, place / scenario.name / "app", ours=ours)

    def start(name: str, setup: Setup) -> str:
        with Started(setup, place / f"start {name}" / "app", ours=ours) as server:
            return server.outcome()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answering = {each.name: pool.submit(answers, each) for each in SCENARIOS}
        starting = {name: pool.submit(start, name, setup) for name, setup in SETUPS.items()}
        return Observed(
            {name: each.result() for name, each in answering.items()},
            {name: each.result() for name, each in starting.items()},
        )


def _answers(scenario: Scenario, place: Path, *, ours: bool) -> dict[str, Answer]:
    with Started(scenario.setup, place, ours=ours) as server:
        assert server.outcome() == "serves", server.log
        return {name: ask(server.port, request) for name, request in scenario.cells.items()}


def _differences(theirs: Observed, ours: Observed) -> Iterator[Found]:
    for scenario, answers in theirs.answers.items():
        for name, answer in answers.items():
            other = ours.answers[scenario][name]
            parts = answer.differing(other)
            if parts:
                told = f"    theirs: {answer.shown(parts)}\n    ours: {other.shown(parts)}"
                yield Found(f"{scenario}: {name}", parts, told)
    for name, outcome in theirs.starts.items():
        if outcome != ours.starts[name]:
            told = f"    theirs: {outcome}\n    ours: {ours.starts[name]}"
            yield Found(f"startup: {name}", {"outcome"}, told)
