"""The runs a script sees: none at all, or one that this process belongs to."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azureml._support.gate import refused
from azureml.core._logging_run import LoggingRun

JOURNAL = "BRYGGA_RUN_JOURNAL"
"""Names the file that a script's run is written to, and with it what `Run.get_context` gives."""


class _ScriptRun(LoggingRun):
    """What both have in common: tags and the like go where metrics go."""

    def __init__(self, run_id: str) -> None:
        self.id = run_id
        self.number = 0
        self.tags: dict[str, str] = {}
        self.properties: dict[str, str] = {}

    def _note(self, what: str, value: Mapping[str, Any]) -> None:
        """Takes what is neither a metric nor a file."""

    def tag(self, key: str, value: str | None = None) -> None:
        """Adds a tag."""
        self.set_tags({key: "" if value is None else str(value)})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Adds tags."""
        texts = {key: str(value) for key, value in tags.items()}
        self.tags.update(texts)
        self._note("tags", texts)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Adds properties."""
        texts = {key: str(value) for key, value in properties.items()}
        self.properties.update(texts)
        self._note("properties", texts)

    def get_tags(self) -> dict[str, str]:
        """Those that were added here."""
        return self.tags

    def get_properties(self) -> dict[str, str]:
        """Those that were added here."""
        return self.properties

    def complete(self, _set_status: bool = True) -> None:
        """The end of the script is the end of the run."""

    def fail(
        self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True
    ) -> None:
        """Ends the run with an error, when the script has ended."""
        self._note("fail", {"code": error_code or "UserError", "message": str(error_details or "")})

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing waits to be written."""


class OfflineRun(_ScriptRun):
    """A script that is not run by an experiment: what it logs is printed."""

    def __init__(self) -> None:
        super().__init__(f"OfflineRun_{uuid.uuid4()}")

    def _log(self, name: str, value: Any, kind: str, step: int | None = None) -> None:
        print(f"Attempted to log {kind} metric {name}:\n{value}")

    def _upload(self, name: str, file: Path) -> None:
        print(f"Attempted to upload {file} as {name}")

    def get_status(self) -> str:
        """Always `Running`."""
        return "Running"

    @refused
    def register_model(self, model_name: str, model_path: str | None = None) -> Any: ...


class JournalRun(_ScriptRun):
    """A script that an experiment runs: what it logs goes to a file that the caller reads."""

    def __init__(self, journal: Path) -> None:
        super().__init__(os.environ.get("AZUREML_RUN_ID", ""))
        self._journal = journal

    @classmethod
    def of_this_process(cls) -> JournalRun | None:
        """The run this process belongs to."""
        journal = os.environ.get(JOURNAL)
        return cls(Path(journal)) if journal else None

    def _log(self, name: str, value: Any, kind: str, step: int | None = None) -> None:
        self._write("log", {"name": name, "value": value, "kind": kind, "step": step})

    def _upload(self, name: str, file: Path) -> None:
        # The script may change or remove the file before its caller has read the line.
        kept = self._journal.parent / "uploads" / uuid.uuid4().hex
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, kept)
        self._write("upload", {"name": name, "file": str(kept)})

    def _note(self, what: str, value: Mapping[str, Any]) -> None:
        self._write(what, value)

    def get_status(self) -> str:
        """Always `Running`."""
        return "Running"

    @refused
    def register_model(self, model_name: str, model_path: str | None = None) -> Any: ...

    def _write(self, what: str, value: Mapping[str, Any]) -> None:
        line = json.dumps({"op": what, **value}, default=_plain) + "\n"
        # One write of a line: several processes of a script may share the run.
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(line)


def _plain(value: Any) -> Any:
    for name in ("tolist", "item"):
        if callable(getattr(value, name, None)):
            return getattr(value, name)()
    return str(value)
