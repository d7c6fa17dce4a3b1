"""Waiting for a run, and giving it up."""

import time
from pathlib import Path

import pytest

from azureml.core import Experiment, Workspace


def test_whoever_gives_up_waiting_is_told_that_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "home"))
    run = Experiment(Workspace.create("tests", show_output=False), "long").start_logging()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.wait_for_completion()
    monkeypatch.undo()

    assert f"The run {run.id} goes on" in capsys.readouterr().err
    run.complete()
