"""Searches of real scripts: what they begin, what they end, and what they leave."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from brygga.environments import Environment
from brygga.environments.realise import RealisedEnvironment
from brygga.operations import OperationCollection
from brygga.runs import Run, RunCollection, ScriptSpec
from brygga.runs.search import (
    Bandit,
    Choice,
    Goal,
    GridSampling,
    NoPolicy,
    Policy,
    SearchSpec,
    Space,
)
from brygga.store.blobs import BlobStore
from brygga.store.rows import WorkspaceKey
from brygga.store.store import open_store

Search = Callable[..., Run]

_BEGIN = """
import json, os, sys, time
from pathlib import Path
def log(value):
    with open(os.environ["BRYGGA_RUN_JOURNAL"], "a") as journal:
        said = {"op": "log", "name": "score", "value": value, "kind": "scalar", "step": None}
        journal.write(json.dumps(said) + chr(10))
x = float(sys.argv[sys.argv.index("--x") + 1])
"""


@pytest.fixture
def runs(tmp_path: Path) -> RunCollection:
    store = open_store(f"sqlite:///{tmp_path}/ws.db", WorkspaceKey("local", "local", "ws"))
    here = RealisedEnvironment("e" * 64, tmp_path, Path(sys.executable))
    return RunCollection(
        store.runs,
        BlobStore(tmp_path / "blobs"),
        tmp_path / "runs",
        lambda _environment, _progress: here,
        OperationCollection(tmp_path / "operations"),
    )


@pytest.fixture
def search(runs: RunCollection, tmp_path: Path) -> Search:
    def begin(
        text: str, *options: float, policy: Policy | None = None, seconds: float | None = None
    ) -> Run:
        source = tmp_path / "source"
        source.mkdir()
        (source / "train.py").write_text(_BEGIN + text)
        spec = SearchSpec(
            metric="score",
            goal=Goal.MAXIMIZE,
            sampling=GridSampling(Space({"--x": Choice(options)})),
            total=10,
            at_once=2,
            policy=policy or NoPolicy(),
            seconds=seconds,
        )
        script = ScriptSpec(source, "train.py", environment=Environment.from_packages([]))
        return runs.search("first", spec, script)

    return begin


def _ended(run: Run) -> Run:
    for thread in threading.enumerate():
        if thread.name == run.id:
            thread.join(30)
            assert not thread.is_alive()
    return run


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_run_is_given_its_parameters_and_kept_with_its_values(
    runs: RunCollection, search: Search
) -> None:
    run = _ended(search("log(x * 2)", 1, 2, 3))

    parts = runs.list(parent=run.id)
    assert run.status.value == "Completed"
    assert {part.id for part in parts} == {f"{run.id}_{number}" for number in range(3)}
    assert {
        part.row.details["parameters"]["--x"]: [m.value for m in part.metrics()] for part in parts
    } == {1: [2.0], 2: [4.0], 3: [6.0]}
    assert json.loads(parts[0].row.tags["hyperparameters"]) == {"--x": 3}
    assert f"{run.id}_2 Completed: score 6.0" in run.log_text()


def test_a_run_that_a_policy_ends_leaves_no_process(
    runs: RunCollection, search: Search, tmp_path: Path
) -> None:
    # It logs again and again: which first value is seen first is chance, and each is seen once.
    text = f"""
(Path({str(tmp_path)!r}) / f"pid-{{x}}").write_text(str(os.getpid()))
for _ in range(6000 if x == 1 else 1):
    log(x)
    time.sleep(0.1)
"""
    run = _ended(search(text, 1, 2, policy=Bandit(amount=0.5)))

    statuses = {
        p.row.details["parameters"]["--x"]: p.status.value for p in runs.list(parent=run.id)
    }
    assert statuses == {1: "Canceled", 2: "Completed"}
    assert run.status.value == "Completed"
    assert not _is_there(int((tmp_path / "pid-1.0").read_text()))


def test_cancelling_a_search_ends_all_that_it_began(
    runs: RunCollection, search: Search, tmp_path: Path
) -> None:
    text = f"""
Path({str(tmp_path)!r}, f"pid-{{x}}").write_text(str(os.getpid()))
time.sleep(600)
"""
    run = search(text, 1, 2, 3)
    files = [tmp_path / "pid-1.0", tmp_path / "pid-2.0"]
    while not all(file.exists() and file.read_text() for file in files):
        assert run.status.value == "Running"
    run.cancel()

    assert run.status.value == "Canceled"
    assert {part.status.value for part in runs.list(parent=run.id)} == {"Canceled"}
    assert not any(_is_there(int(file.read_text())) for file in files)


def test_when_its_time_is_over_what_runs_is_ended(runs: RunCollection, search: Search) -> None:
    run = _ended(search("log(1)\ntime.sleep(600)", 1, 2, 3, seconds=1.0))

    assert run.status.value == "Completed"
    assert {part.status.value for part in runs.list(parent=run.id)} == {"Canceled"}
    assert "Over (time) after 2 runs" in run.log_text()


def test_one_of_which_every_run_fails_says_why(runs: RunCollection, search: Search) -> None:
    run = _ended(search("sys.exit('no data')", 1, 2, 3, 4, 5, 6, 7, 8))

    assert run.status.value == "Failed"
    message = run.row.details["error"]["message"]
    assert "runs failed, so no more were begun" in message
    assert "no data" in message
    assert len(runs.list(parent=run.id)) < 8


def test_one_whose_metric_is_called_otherwise_says_so(search: Search) -> None:
    run = _ended(search("pass", 1))

    assert run.status.value == "Failed"
    assert run.row.details["error"]["message"] == (
        "No run logged the metric 'score'. Its script is to log it, with run.log(name, value)."
    )


def test_one_that_logs_its_metric_as_no_number_says_so(search: Search) -> None:
    run = _ended(search("log('nan')", 1))

    assert run.row.details["error"]["message"] == (
        "What the runs logged as 'score' is no number: NaN, inf or a text."
    )
