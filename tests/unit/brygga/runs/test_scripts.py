"""Scripts that run for a run: operations that can be followed, cancelled and cut off."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from brygga.environments import Environment
from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.operations import OperationCollection, Progress
from brygga.runs import Run, RunCollection, RunStatus, ScriptSpec
from brygga.runs import run as run_module
from brygga.store.blobs import BlobStore
from brygga.store.rows import WorkspaceKey
from brygga.store.store import open_store


class Lab:
    """Runs scripts with this interpreter.

    Attributes:
        ready: Their environment is made when this is set.
        fails: Called then, where it cannot be made.
    """

    fails: Callable[..., RealisedEnvironment] | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ready = threading.Event()
        self.ready.set()
        store = open_store(f"sqlite:///{folder}/ws.db", WorkspaceKey("local", "local", "ws"))
        self.operations = OperationCollection(folder / "operations")
        self.runs = RunCollection(
            store.runs, BlobStore(folder / "blobs"), folder / "runs", self.prepare, self.operations
        )

    def prepare(self, _environment: Environment, _progress: Progress) -> RealisedEnvironment:
        self.ready.wait(30)
        if self.fails is not None:
            return self.fails()
        return RealisedEnvironment("e" * 64, self.folder, Path(sys.executable))

    def submit(self, text: str) -> Run:
        source = self.folder / "source"
        source.mkdir()
        (source / "train.py").write_text(text)
        return self.runs.submit(
            "first", ScriptSpec(source, "train.py", environment=Environment.from_packages([]))
        )


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def until_ended(run: Run) -> None:
    for thread in threading.enumerate():
        if thread.name == run.id:
            thread.join(30)
            assert not thread.is_alive()


def test_a_script_is_an_operation(lab: Lab) -> None:
    run = lab.submit("print('hello')")
    until_ended(run)
    assert run.status.value == RunStatus.COMPLETED.value
    found = lab.operations.get(run.id)
    assert (found.kind, found.state) == ("run", "done")
    assert [phase.text for phase in found.phases] == ["Running train.py"]


def test_a_part_that_a_script_tells_of_has_its_metrics_and_files(lab: Lab) -> None:
    said = (
        "import json, os\n"
        "from pathlib import Path\n"
        "Path('model').write_text('m')\n"
        "name = os.environ['AZUREML_RUN_ID'] + '_0'\n"
        "told = [{'id': name, 'parameters': {'a': 1}, 'properties': {'p': 'q'}, "
        "'metrics': {'auc': 0.5}},\n"
        "    {'id': name, 'files': {'model': str(Path('model').absolute())}}]\n"
        "with open(os.environ['BRYGGA_RUN_JOURNAL'], 'a') as journal:\n"
        "    for each in told:\n"
        "        journal.write(json.dumps({'op': 'part', **each}) + chr(10))\n"
    )
    run = lab.submit(said)
    until_ended(run)
    (part,) = lab.runs.list(parent=run.id)
    assert (part.status.value, part.row.properties) == ("Completed", {"p": "q"})
    assert part.row.details["parameters"] == {"a": 1}
    assert [(metric.name, metric.value) for metric in part.metrics()] == [("auc", 0.5)]
    assert [file.path for file in part.files()] == ["model"]


def test_one_that_fails_says_why(lab: Lab) -> None:
    run = lab.submit("raise SystemExit('no data')")
    until_ended(run)
    assert run.status.value == RunStatus.FAILED.value
    problem = lab.operations.get(run.id).problem
    assert problem is not None
    assert "no data" in problem.message


def test_what_to_do_about_an_environment_is_kept_as_data(lab: Lab) -> None:
    """Whoever shows it says it in the words of who asks."""
    step = Argument(Verb.DEPLOY, "base_image")
    hint = Hint.of("Name another one: {}.", step)

    def fail(*_: object) -> RealisedEnvironment:
        raise InvalidInputError("It has no Python.", code=ErrorCode.OPTION_INVALID, hint=hint)

    lab.fails = fail
    run = lab.submit("print('never')")
    until_ended(run)
    error = run.row.details["error"]
    assert error["message"] == "It has no Python."
    assert Hint.from_dict(error["advice"]) == hint
    assert "base_image" not in run.log_text()
    problem = lab.operations.get(run.id).problem
    assert problem is not None
    assert problem.advice == hint


def test_a_cancelled_one_has_ended_when_the_call_returns(lab: Lab) -> None:
    begun = lab.folder / "begun"
    run = lab.submit(f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(600)")
    while not begun.exists():
        assert run.status in (RunStatus.PREPARING, RunStatus.RUNNING)
    run.cancel()
    assert run.status.value == RunStatus.CANCELED.value
    assert lab.operations.get(run.id).state == "interrupted"


def test_what_a_cancelled_one_had_started_has_ended_as_well(lab: Lab) -> None:
    begun = lab.folder / "begun"
    run = lab.submit(
        "import pathlib, signal, subprocess, sys, time\n"
        "code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(flush=True); time.sleep(600)'\n"
        "child = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        f"pathlib.Path({str(begun)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)"
    )
    while not (begun.exists() and begun.read_text()):
        assert run.status in (RunStatus.PREPARING, RunStatus.RUNNING)
    run.cancel()
    state = Path(f"/proc/{begun.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_one_whose_environment_is_being_made_never_starts_once_cancelled(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_LONGEST_CANCEL_S", 0)
    lab.ready.clear()
    run = lab.submit("print('it ran')")
    run.cancel()
    assert run.status.value == RunStatus.CANCEL_REQUESTED.value
    lab.ready.set()
    until_ended(run)
    assert run.status.value == RunStatus.CANCELED.value
    assert run.log_text() == ""


def test_one_whose_process_was_killed_has_failed_and_can_be_cancelled(lab: Lab) -> None:
    run = lab.runs.start("first", kind="script", status=RunStatus.RUNNING)
    assert run.status.value == RunStatus.RUNNING.value
    seen = []
    with run.lock:
        run.code.mkdir()
        seen.append(run.status)
    seen.append(run.status)
    run.cancel()
    seen.append(run.status)
    assert seen == [RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELED]


def test_what_a_run_does_not_take_is_in_its_log_and_ends_nothing(lab: Lab) -> None:
    """A line that raises would leave the run without anybody who sees it to its end."""
    run = lab.submit(
        "import json, os\n"
        "with open(os.environ['BRYGGA_RUN_JOURNAL'], 'a') as file:\n"
        "    for name in ('../x', './outputs/x'):\n"
        "        said = {'op': 'upload', 'name': name, 'file': os.path.abspath(__file__)}\n"
        "        file.write(json.dumps(said) + chr(10))\n"
    )
    until_ended(run)
    assert run.status.value == RunStatus.COMPLETED.value
    assert "'../x' is not a path within a run" in run.log_text()
    assert [file.path for file in run.files()] == ["outputs/x", "user_logs/std_log.txt"]
    assert run.journal.taken.read_text() == str(run.journal.path.stat().st_size)


def test_what_one_that_has_ended_left_behind_has_ended_as_well(lab: Lab) -> None:
    fifo = lab.folder / "held"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    run = lab.submit(
        "import os, subprocess, sys\n"
        f"held = os.open({str(fifo)!r}, os.O_WRONLY)\n"
        "code = 'import time; time.sleep(600)'\n"
        "subprocess.Popen([sys.executable, '-c', code], pass_fds=(held,))"
    )
    until_ended(run)

    assert run.status is RunStatus.COMPLETED
    assert select.select([held], [], [], 30)[0]  # nobody has its other end any more
    os.close(held)


def test_one_that_cannot_be_started_says_why(lab: Lab) -> None:
    lab.fails = lambda: RealisedEnvironment("e" * 64, lab.folder, lab.folder / "no" / "python")
    run = lab.submit("print('never')")
    until_ended(run)

    assert run.status is RunStatus.FAILED
    message = run.row.details["error"]["message"]
    assert message.startswith("The script train.py could not be started: [Errno 2] No such file")
    assert message in run.log_text()


def test_a_file_that_cannot_be_kept_and_a_line_of_noise_are_in_the_log(lab: Lab) -> None:
    run = lab.submit(
        "import os\n"
        "open(b'outputs/\\xff', 'w').close()\n"
        "open('outputs/kept', 'w').close()\n"
        "open(os.environ['BRYGGA_RUN_JOURNAL'], 'a').write('noise\\n')"
    )
    until_ended(run)

    assert run.status is RunStatus.COMPLETED
    assert [file.path for file in run.files()] == ["outputs/kept", "user_logs/std_log.txt"]
    assert "The file 'outputs/\\udcff' was not kept: " in run.log_text()
    assert "Not understood of what the script said: b'noise\\n'" in run.log_text()
