"""A script that runs for a run: in a locked environment, with its log and its outputs kept."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brygga.environments import Environment
from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, InvalidInputError
from brygga.names import check_variables
from brygga.operations import (
    Lines,
    OngoingOperation,
    OperationState,
    Phase,
    Problem,
    Progress,
    Several,
)
from brygga.runs.conduct import conduct, copy_code
from brygga.runs.inputs import InputFolder, InputPath, lay_out
from brygga.runs.mlflow_store import MlflowStore, take_in
from brygga.runs.run import Run, RunStatus
from brygga.runs.tie import Tie
from brygga.store.files import make_folder

Prepare = Callable[[Environment, Progress], RealisedEnvironment]
_POLL_S = 0.2
_GRACE_S = 5.0
_LOG = "user_logs/std_log.txt"
_KEPT_FOLDERS = ("outputs", "logs")
_LAST_LINES = 10
_OF_ANOTHER_RUN = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


@dataclass(frozen=True)
class ScriptSpec:
    """What to run.

    Attributes:
        source_directory: Copied whole; the script runs in the copy.
        script: Relative to it.
        environment: None: what the script imports.
        interpreter: A Python that has what the script needs; nothing is installed for it then.
        inputs: Folders that the script finds by a variable `AZUREML_DATAREFERENCE_<name>`.
        variables: Added to those of this process.
        modules: Packages the script may import without having them, and their folders.
        first: Modules that are imported before the script, where that can be.
    """

    source_directory: Path
    script: str
    arguments: Sequence[str | InputPath] = ()
    environment: Environment | None = None
    interpreter: Path | None = None
    inputs: Mapping[str, InputFolder] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, Path] = field(default_factory=dict)
    first: Sequence[str] = ()

    def check(self) -> None:
        """Refuses a script that is not there, and variables that are no texts.

        Raises:
            InvalidInputError: which it is.
        """
        check_variables("an environment variable", self.variables)
        if not self.source_directory.is_dir():
            raise InvalidInputError(
                f"The source directory {str(self.source_directory)!r} is not a folder.",
                code=ErrorCode.SOURCE_DIRECTORY_INVALID,
                hint="Give the folder that holds the script.",
            )
        if not (self.source_directory / self.script).is_file():
            raise InvalidInputError(
                f"There is no script {self.script!r} in {self.source_directory}.",
                code=ErrorCode.FILE_NOT_FOUND,
                hint="Give its path relative to the source directory.",
            )


def run_script(run: Run, spec: ScriptSpec, prepare: Prepare, operation: OngoingOperation) -> None:
    """Begins, and returns; a thread sees it to its end, and keeps this process until then.

    Args:
        operation: What it is; it goes on until the script has ended.
    """

    def copy() -> None:
        copy_code(spec.source_directory, run.code)
        for name in _KEPT_FOLDERS:
            make_folder(run.code / name)

    conduct(run, operation, copy, lambda _: _see_through(run, spec, prepare, operation))


def _see_through(run: Run, spec: ScriptSpec, prepare: Prepare, operation: OngoingOperation) -> None:
    with run.log_file.open("w", encoding="utf-8") as log:
        told = Several(operation, Lines(lambda line: print(line, file=log, flush=True)))
        try:
            command = _interpreter(spec, prepare, told)
            places = lay_out(spec.inputs, run.folder / "inputs")
        except BryggaError as error:
            told.remark(error.message)
            why = {"message": error.message, "advice": error.advice.to_dict()}
            run.finish(RunStatus.FAILED, {"code": "UserError", **why})
            operation.conclude(OperationState.FAILED, Problem.of(error))
            return
        status = 0
        if not run.cancelled:
            run.begin()
            operation.phase(Phase.RUNNING, f"Running {spec.script}")
            status = _execute(run, spec, command, places, log)
        _keep(run, log)
    run.upload(_LOG, run.log_file)
    if run.cancelled:
        run.finish(RunStatus.CANCELED)
        operation.conclude(OperationState.INTERRUPTED)
    elif status == 0 and not run.failure:
        run.finish(RunStatus.COMPLETED)
    else:
        failure = run.failure or {"code": "UserError", **_why(run, status)}
        run.finish(RunStatus.FAILED, failure)
        operation.conclude(OperationState.FAILED, Problem(str(failure.get("message"))))


def _interpreter(spec: ScriptSpec, prepare: Prepare, told: Progress) -> list[str]:
    if spec.interpreter is not None:
        return [str(spec.interpreter), "-u"]
    environment = spec.environment or Environment.from_script(spec.script, spec.source_directory)
    return [str(prepare(environment, told).python), "-s", "-u"]


def _execute(
    run: Run, spec: ScriptSpec, command: Sequence[str], places: Mapping[str, Path], log: Any
) -> int:
    folders = {name: str(folder) for name, folder in spec.modules.items()}
    lent = json.dumps({"modules": folders, "first": list(spec.first)})
    arguments = [
        str(places[each.name]) if isinstance(each, InputPath) else each for each in spec.arguments
    ]
    bootstrap = Path(__file__).with_name("bootstrap.py")
    with contextlib.ExitStack() as stack:
        try:
            tie = stack.enter_context(Tie())
            process = subprocess.Popen(
                [*command, str(bootstrap), lent, spec.script, *arguments],
                cwd=run.code,
                env=_variables(run, spec, places),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(tie.held,),
            )
        except (OSError, ValueError) as error:  # no such Python, arguments no process can have
            message = f"The script {spec.script} could not be started: {error}."
            print(message, file=log, flush=True)
            run.failure = {"code": "UserError", "message": message}
            return 1
        # Also of a script that has ended: what it began and left behind would go on for ever.
        stack.callback(_end, process)
        tie.to(process.pid)
        while True:
            try:
                return process.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                _replay(run, log)
                if run.cancelled:
                    _end(process)


def _variables(run: Run, spec: ScriptSpec, places: Mapping[str, Path]) -> dict[str, str]:
    # A Python of the caller's own is found with what he set for it.
    others = () if spec.interpreter else ("PYTHON", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BRYGGA_RUN_", *others))}
    kept = {name: value for name, value in kept.items() if name not in _OF_ANOTHER_RUN}
    given = {f"AZUREML_DATAREFERENCE_{name}": str(place) for name, place in places.items()}
    return {
        **kept,
        **given,
        **_mlflow(run).variables,
        **spec.variables,
        "BRYGGA_RUN_JOURNAL": str(run.journal.path),
        "AZUREML_RUN_ID": run.id,
    }


def _mlflow(run: Run) -> MlflowStore:
    return MlflowStore(run.folder / "mlruns")


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all that it started, which is in the session that was made for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _keep(run: Run, log: Any) -> None:
    """What the script logged, and the files it left where files are kept."""
    _replay(run, log)
    for found in _mlflow(run).runs():
        take_in(run, found, once=True)
    there = {file.path for file in run.files()}
    for folder in _KEPT_FOLDERS:
        for path in sorted((run.code / folder).rglob("*")):
            name = path.relative_to(run.code).as_posix()
            if path.is_file() and name not in there:
                try:
                    run.upload(name, path)
                except (BryggaError, OSError, UnicodeError) as error:
                    print(f"The file {name!r} was not kept: {error}", file=log, flush=True)


def _replay(run: Run, log: Any) -> None:
    for problem in run.journal.replay(run):
        print(problem, file=log, flush=True)


def _why(run: Run, status: int) -> dict[str, Any]:
    lines = run.log_text().strip().splitlines()
    ended = f"by signal {-status}" if status < 0 else f"with exit code {status}"
    last = lines[-1] if lines else "it wrote nothing"
    return {"message": f"The script ended {ended}: {last}", "lines": lines[-_LAST_LINES:]}
