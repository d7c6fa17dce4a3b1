"""`Run` of a submitted script: what it says is written down at once, what it asks is asked for."""

import json
import os
import shutil
import tempfile
import time
import uuid
from typing import Any, Dict, Optional

from ._remote import the_process

JOURNAL = "BRYGGA_RUN_JOURNAL"
"""Names the file that the run is written to."""
_POLL_S = 0.02
_SEVERAL = (list, tuple, dict, set)


class _ScriptRun:
    """The run that this script is."""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        """In v1 `Run(experiment, id)` is any run."""
        if arguments or keywords:
            return the_process().ask("import", module="azureml.core.run", name="Run")(
                *arguments, **keywords
            )
        return object.__new__(cls)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.id = os.environ["AZUREML_RUN_ID"]
        self._journal = os.environ[JOURNAL]

    @classmethod
    def get_context(
        cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> Any:
        """The run that this script is."""
        return cls()

    get_submitted_run = get_context

    @staticmethod
    def get(workspace: Any, run_id: str) -> Any:
        """A run by its id."""
        return _class().get(workspace, run_id)

    @staticmethod
    def list(*arguments: Any, **keywords: Any) -> Any:
        """The runs of an experiment."""
        return _class().list(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._remote, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("id", "_journal"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._remote, name, value)

    @property
    def _remote(self) -> Any:
        self.flush()
        return _class().get_context()

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Logs one value."""
        if isinstance(value, _SEVERAL):
            self._remote.log(name, value, description, step)
        else:
            self._log(name, value, "scalar", step)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Logs a list of values."""
        if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
            self._remote.log_list(name, value, description)
        else:
            self._log(name, [each for each in value], "list")  # noqa: C416

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Logs a row; several of a name are a table."""
        self._log(name, kwargs, "row")

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Logs a table, as a dictionary of columns."""
        if isinstance(value, dict):
            self._log(name, value, "table")
        else:
            self._remote.log_table(name, value, description)

    def log_image(
        self, name: str, path: Optional[str] = None, plot: Any = None, description: str = ""
    ) -> None:
        """Keeps a picture: a file, or a figure of matplotlib's."""
        if plot is None or path is not None:
            self._remote.log_image(name, path, plot and str(plot), description)
            return
        with tempfile.TemporaryDirectory() as folder:
            figure = os.path.join(folder, "plot.png")
            plot.savefig(figure)
            self.upload_file(name + ".png", figure)
        self._log(name, "aml://artifactId/{}.png".format(name), "image")

    def upload_file(
        self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None
    ) -> None:
        """Keeps a file, or what a stream gives."""
        if hasattr(path_or_stream, "read"):
            content = path_or_stream.read()
            kept = self._place()
            with open(kept, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
        elif os.path.isfile(path_or_stream) and datastore_name is None:
            # The script may change or remove the file before anybody has read the line.
            kept = self._place()
            shutil.copyfile(path_or_stream, kept)
        else:
            self._remote.upload_file(name, path_or_stream, datastore_name)
            return
        self._write("upload", {"name": name, "file": kept})

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Adds a tag."""
        self.set_tags({key: "" if value is None else value})

    def set_tags(self, tags: Dict[str, Any]) -> None:
        """Adds tags."""
        self._write("tags", {key: str(value) for key, value in tags.items()})

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Adds properties."""
        self._write("properties", {key: str(value) for key, value in properties.items()})

    def start(self) -> None:
        """It has started."""

    def complete(self, _set_status: bool = True) -> None:
        """The end of the script is the end of the run."""

    def fail(
        self, error_details: Any = None, error_code: Optional[str] = None, _set_status: bool = True
    ) -> None:
        """Ends the run with an error, when the script has ended."""
        told = {"code": error_code or "UserError", "message": str(error_details or "")}
        self._write("fail", told)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Waits until all that was written is a part of the run."""
        try:
            written = os.path.getsize(self._journal)
        except OSError:
            return
        end = time.monotonic() + timeout_seconds
        while self._taken() < written and time.monotonic() < end:
            time.sleep(_POLL_S)

    def _taken(self) -> int:
        try:
            with open(os.path.splitext(self._journal)[0] + ".taken", encoding="ascii") as file:
                return int(file.read() or "0")
        except OSError:
            return 0

    def _place(self) -> str:
        folder = os.path.join(os.path.dirname(self._journal), "uploads")
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, uuid.uuid4().hex)

    def _log(self, name: str, value: Any, kind: str, step: Optional[int] = None) -> None:
        self._write("log", {"name": name, "value": value, "kind": kind, "step": step})

    def _write(self, what: str, value: Dict[str, Any]) -> None:
        line = json.dumps({**value, "op": what}, default=_plain) + "\n"
        # One write of a line: several processes of a script may share the run.
        with open(self._journal, "a", encoding="utf-8") as file:
            file.write(line)

    def __enter__(self) -> "_ScriptRun":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self.fail(error)

    def __repr__(self) -> str:
        return "Run(Id: {})".format(self.id)


class _OfflineRun:
    """What a run outside of any experiment is; a submitted script never is one."""


def _class() -> Any:
    return the_process().ask("import", module="azureml.core.run", name="Run")


def _plain(value: Any) -> Any:
    for name in ("tolist", "item"):
        if callable(getattr(value, name, None)):
            return getattr(value, name)()
    return str(value)
