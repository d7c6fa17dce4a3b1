"""What there is to know and to fetch of a run, in v1's words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.exceptions import ModelPathNotFoundException

if TYPE_CHECKING:
    from brygga.runs import Run


def details_of(run: Run) -> dict[str, Any]:
    """Of the store's row, and of its files those that are logs."""
    row = run.row
    error = error_of(run)
    return {
        "runId": row.id,
        "target": row.details.get("target", "local"),
        "status": row.status,
        "startTimeUtc": row.created_at.isoformat(),
        "endTimeUtc": None if row.ended_at is None else row.ended_at.isoformat(),
        "error": error and {"error": error},
        "properties": dict(row.properties),
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": row.details.get("definition"),
        "logFiles": {f.path: f.path for f in run.files() if f.path.endswith(".txt")},
    }


def error_of(run: Run) -> dict[str, Any] | None:
    """Why it failed, and what to do next in calls of v1; None where it has not failed."""
    from brygga.hints import Hint
    from brygga.spellings import Language, words

    kept = run.row.details.get("error")
    if not kept:
        return None
    error = dict(kept)
    advice = error.pop("advice", None)
    if advice:
        told = words(Hint.from_dict(advice), Language.V1)
        error["message"] = f"{error['message']} {told}".strip()
    return error


def told(error: dict[str, Any], *, with_lines: bool) -> str:
    """Why it failed, in a sentence and perhaps the last lines of its log."""
    lines = error.get("lines") or []
    said = str(error.get("message") or "The run failed.")
    if not with_lines or len(lines) < 2:
        return said
    return "\n".join([said, "The last lines of its log:", *(f"  {line}" for line in lines)])


def with_logs(run: Run, details: dict[str, Any]) -> dict[str, Any]:
    """The same with the content of the logs in the place of their paths."""
    with tempfile.TemporaryDirectory() as folder:
        for path in details["logFiles"]:
            run.download(path, Path(folder, "log"))
            details["logFiles"][path] = Path(folder, "log").read_text("utf-8", "replace")
    return details


@contextmanager
def downloaded(run: Run, wanted: str) -> Iterator[Path]:
    """One of a run's files, or all below a path, in a folder that is removed afterwards."""
    names = [file.path for file in run.files()]
    fitting = [name for name in names if name == wanted or name.startswith(f"{wanted}/")]
    if not fitting:
        raise ModelPathNotFoundException(
            f"Could not locate the provided model_path {wanted} in the set of files uploaded "
            f"to the run: {names}"
        )
    with tempfile.TemporaryDirectory(prefix="brygga-run-") as folder:
        for name in fitting:
            run.download(name, Path(folder, name))
        yield Path(folder, wanted)
