"""Scripts that run one after another: what waits for what failed, and what goes on."""

import sys
import threading
from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.runs import Run, RunStatus, ScriptSpec
from brygga.runs.sequence import SequenceStep
from brygga.settings import Settings
from brygga.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create("tests", settings=Settings(home=tmp_path / "home"))


def step(folder: Path, name: str, text: str, *after: int) -> SequenceStep:
    source = folder / name
    source.mkdir()
    (source / "script.py").write_text(text)
    script = ScriptSpec(source, "script.py", interpreter=Path(sys.executable))
    return SequenceStep(name, script, frozenset(after))


def until_ended(run: Run) -> None:
    for thread in threading.enumerate():
        if thread.name == run.id:
            thread.join(60)


def ran(workspace: Workspace, run: Run) -> list[tuple[str, str]]:
    parts = reversed(workspace.runs.list(parent=run.id))
    return [(part.row.display_name, part.status.value) for part in parts]


def test_what_waits_for_one_that_failed_does_not_run_and_the_rest_may(
    workspace: Workspace, tmp_path: Path
) -> None:
    steps = [
        step(tmp_path, "bad", "raise ValueError('no rows')"),
        step(tmp_path, "waiting", "print('never')", 0),
        step(tmp_path, "other", "print('fine')"),
    ]

    stopped = workspace.runs.sequence("first", steps)
    until_ended(stopped)
    going_on = workspace.runs.sequence("first", steps, goes_on=True)
    until_ended(going_on)

    assert ran(workspace, stopped) == [("bad", "Failed")]
    assert ran(workspace, going_on) == [("bad", "Failed"), ("other", "Completed")]
    for run in (stopped, going_on):
        assert run.status is RunStatus.FAILED
        assert run.row.details["error"]["message"].startswith("The step bad failed. The script")
    assert "The step waiting waits for one that failed.\n" in going_on.log_text()
    assert "fine\n" in going_on.log_text()


def test_cancelling_it_ends_the_step_that_runs(workspace: Workspace, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    slow = f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(600)"
    run = workspace.runs.sequence(
        "first", [step(tmp_path, "slow", slow), step(tmp_path, "next", "print('never')", 0)]
    )
    while not begun.exists():
        assert not run.status.is_final

    run.cancel()

    assert run.status is RunStatus.CANCELED
    assert ran(workspace, run) == [("slow", "Canceled")]


def test_an_order_that_cannot_be_begins_nothing(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="'a' waits for one that does not come before"):
        workspace.runs.sequence("first", [step(tmp_path, "a", "", 0)])
    assert workspace.runs.list() == []
