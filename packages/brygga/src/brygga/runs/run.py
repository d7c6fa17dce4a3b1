"""A run: what it logged, and the files it kept."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from brygga.arguments import checked
from brygga.error_codes import ErrorCode
from brygga.errors import AlreadyExistsError, InvalidInputError, NotFoundError, StoreError
from brygga.markup import glance
from brygga.names import check_pairs, check_text
from brygga.runs.journal import Journal
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.rows import Metric, NewRun, RunFile, RunRow
from brygga.store.run_rows import RunRows


class RunStatus(StrEnum):
    """The states of a run, by the names of Azure ML SDK v1."""

    NOT_STARTED = "NotStarted"
    PREPARING = "Preparing"
    RUNNING = "Running"
    CANCEL_REQUESTED = "CancelRequested"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def is_final(self) -> bool:
        """Whether it stays so."""
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED)


_LONGEST_SHOWN = 80
_LONGEST_CANCEL_S = 10.0  # a script that is asked to end is killed after 5


def metric(name: str, value: object, *, kind: str = "scalar", step: int | None = None) -> Metric:
    """What `Run.log` adds.

    Raises:
        InvalidInputError: a value that is not JSON.
    """
    check_text("The name of a metric", name)
    return Metric(name, kind, plain(value), step)


@checked
class Run:
    """A run by its id. What is asked of it is looked up each time, nothing is remembered.

    Attributes:
        folder: Where a script runs for it; not there for a run without one.
        journal: What that script writes of it.
        lock: Held by whoever sees that script to its end.
        failure: What the script itself said of its failing.
    """

    def __init__(self, run_id: str, rows: RunRows, blobs: BlobStore, folder: Path) -> None:
        self.id = run_id
        self.folder = folder
        self.journal = Journal(folder / "journal.jsonl")
        self.lock = FileLock(folder / "running.lock", purpose="running its script")
        self.failure: Mapping[str, Any] | None = None
        self._rows = rows
        self._blobs = blobs

    @property
    def row(self) -> RunRow:
        """All that the store has of it.

        Raises:
            NotFoundError: it is gone.
        """
        row = self._rows.find(self.id)
        if row is None:
            raise NotFoundError("run", self.id)
        return row

    @property
    def experiment(self) -> str:
        """The name of its experiment."""
        return self.row.experiment

    @property
    def status(self) -> RunStatus:
        """How it stands; FAILED as well where whoever ran its script was killed."""
        status = RunStatus(self.row.status)
        if status.is_final:
            return status
        if self._is_abandoned():
            return RunStatus.FAILED
        return RunStatus.CANCEL_REQUESTED if self.cancelled else status

    def log(
        self, name: str, value: object, *, kind: str = "scalar", step: int | None = None
    ) -> None:
        """Adds a metric; the same name again adds to those of that name.

        Args:
            value: Numbers, text, lists and objects of them; NumPy's become Python's.

        Raises:
            InvalidInputError: a value that is not JSON.
        """
        self.log_all([metric(name, value, kind=kind, step=step)])

    def log_all(self, metrics: Sequence[Metric]) -> None:
        """Adds many in one go, each as `metric` makes it."""
        self._rows.log(self.id, metrics)

    def metrics(self) -> list[Metric]:
        """What it logged, in its order."""
        return self._rows.metrics(self.id)

    def part(
        self,
        part_id: str,
        parameters: Mapping[str, Any] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> Run:
        """A part that it did itself, and that is done; made where there is none of that id."""
        if self._rows.find(part_id) is None:
            made = NewRun(
                id=part_id,
                experiment=self.experiment,
                parent=self.id,
                kind="part",
                status=RunStatus.COMPLETED,
                display_name="",
                tags={},
                properties=properties or {},
                details={"parameters": dict(parameters or {})},
            )
            self._rows.add(made)
            self._rows.change(part_id, ended_at=datetime.now(UTC))
        return Run(part_id, self._rows, self._blobs, self.folder.with_name(part_id))

    def upload(self, path: str, file: Path) -> None:
        """Keeps a copy of a file under `path`.

        Raises:
            AlreadyExistsError: the run has a file of that path.
            InvalidInputError: `file` is no file that can be read.
        """
        path = _checked(path)
        if any(kept.path == path for kept in self.files()):
            raise AlreadyExistsError("file", path, hint=f"The run {self.id} has it already.")
        if not file.is_file():
            raise InvalidInputError(
                f"There is no file {str(file)!r}.",
                code=ErrorCode.FILE_NOT_FOUND,
                hint="Give its path.",
            )
        with self._blobs.keeping():
            blob = self._blobs.put_file(file)
            self._rows.keep_file(self.id, RunFile(path, blob.sha256, blob.size))

    def files(self) -> list[RunFile]:
        """Its files, by path."""
        return self._rows.files(self.id)

    def download(self, path: str, target: Path) -> None:
        """Writes one of its files to `target`, verified.

        Raises:
            NotFoundError: it has no such file.
        """
        wanted = _checked(path)
        for file in self.files():
            if file.path == wanted:
                target.unlink(missing_ok=True)
                self._blobs.copy_to(file.sha256, target)
                return
        raise NotFoundError("file of the run", path, [f.path for f in self.files()])

    def change(self, *, display_name: str | None = None, description: str | None = None) -> None:
        """Replaces its texts; None keeps them."""
        given = {"display_name": display_name, "description": description}
        values = {name: text for name, text in given.items() if text is not None}
        for name, text in values.items():
            check_text(name, text)
        if values:
            self._rows.change(self.id, **values)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        self._rows.change(self.id, tags={**self.row.tags, **check_pairs("tag", tags)})

    def remove_tags(self, names: Iterable[str]) -> None:
        """Removes tags; those that are not there are ignored."""
        gone = set(names)
        kept = {k: v for k, v in self.row.tags.items() if k not in gone}
        self._rows.change(self.id, tags=kept)

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties.

        Raises:
            InvalidInputError: one is there with another value.
        """
        present = self.row.properties
        for key, value in check_pairs("property", properties).items():
            if present.get(key, value) != value:
                raise InvalidInputError(
                    f"The property {key!r} is {present[key]!r} already.",
                    code=ErrorCode.PROPERTY_FIXED,
                    hint="Properties stay as they were first set; use a tag.",
                )
        self._rows.change(self.id, properties={**present, **properties})

    def note(self, details: Mapping[str, Any]) -> None:
        """Adds to its details."""
        self._rows.change(self.id, details={**self.row.details, **details})

    @property
    def code(self) -> Path:
        """The copy of the script's folder that it runs in."""
        return self.folder / "code"

    @property
    def log_file(self) -> Path:
        """What the script prints."""
        return self.folder / "log.txt"

    def log_text(self) -> str:
        """What the script printed so far; empty for a run without one."""
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def log_since(self, position: int) -> bytes:
        """What the script printed after that many bytes."""
        try:
            with self.log_file.open("rb") as file:
                file.seek(position)
                return file.read()
        except FileNotFoundError:
            return b""

    def cancel(self) -> None:
        """Ends it, and the script that runs for it.

        Returns when that has ended; where its environment is still being made, perhaps before.
        """
        if not self.lock.is_held():
            self.finish(RunStatus.CANCELED)
            return
        (self.folder / "cancel").touch()
        with (
            contextlib.suppress(StoreError),
            FileLock(self.lock.path).acquired(_LONGEST_CANCEL_S, shared=True),
        ):
            pass

    @property
    def cancelled(self) -> bool:
        """Whether its script is to end."""
        return (self.folder / "cancel").exists()

    def begin(self) -> None:
        """Marks it as running."""
        self._rows.change(self.id, status=RunStatus.RUNNING)

    def finish(self, status: RunStatus, error: Mapping[str, Any] | None = None) -> None:
        """Ends it, once: a run that has ended stays as it ended."""
        row = self.row
        if RunStatus(row.status).is_final:
            return
        details = {**row.details, "error": dict(error)} if error else dict(row.details)
        self._rows.change(self.id, status=status, details=details, ended_at=datetime.now(UTC))

    def _is_abandoned(self) -> bool:
        """Whether a script was begun for it, and nobody is there to see it to its end."""
        return self.lock.path.exists() and self.code.exists() and not self.lock.is_held()

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    def _repr_html_(self) -> str:
        return glance(f"Run {self.id}", self._facts)

    def _facts(self) -> dict[str, object]:
        row = self.row
        error = row.details.get("error")
        return {
            "experiment": f"{row.experiment}, run {row.number}",
            "name": row.display_name,
            "status": self.status.value,
            "error": error.get("message", error) if isinstance(error, Mapping) else error,
            "metrics": {each.name: _brief(each.value) for each in self.metrics()},
            "files": [each.path for each in self.files()],
            "tags": row.tags,
            "properties": row.properties,
            "began": row.created_at,
            "ended": row.ended_at,
            "by": row.created_by,
        }


def _brief(value: object) -> str:
    """A metric in a cell; of a chart only that there is one."""
    text = str(value)
    if len(text) <= _LONGEST_SHOWN:
        return text
    return f"{len(value)} values" if isinstance(value, list) else f"{len(text)} letters"


def plain(value: object) -> object:
    """A value as JSON has it; NumPy's numbers and arrays as Python's, NaN and infinities as text.

    Raises:
        InvalidInputError: it is none.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    for name in ("tolist", "item"):
        method = getattr(value, name, None)
        if callable(method):
            return plain(method())
    raise InvalidInputError(
        f"A value of type {type(value).__name__} cannot be logged.",
        code=ErrorCode.METRIC_INVALID,
        hint="Log numbers, text, or lists of them.",
    )


def _checked(path: str) -> str:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise InvalidInputError(
            f"{path!r} is not a path within a run.",
            code=ErrorCode.RUN_PATH_INVALID,
            hint="Give a relative one, as outputs/a.pkl.",
        )
    return "/".join(parts)
