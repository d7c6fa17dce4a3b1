"""Runs that MLflow wrote into a folder of its own, read without MLflow.

The layout is that of MLflow's file store: a folder for each experiment, in it one for each run with
`meta.yaml`, and files by name below `metrics`, `params`, `tags` and `artifacts`; models of MLflow 3
are beside the runs, registered ones below `models` at the top.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from brygga.store.rows import Metric

if TYPE_CHECKING:
    from brygga.runs.run import Run

VARIABLE = "MLFLOW_TRACKING_URI"
ALLOWED = "MLFLOW_ALLOW_FILE_STORE"
"""MLflow from 3.10 on writes to folders only where this is `true`."""
_OWN = "mlflow."
_ENDED = {3: "Completed", 4: "Failed", 5: "Canceled"}


@dataclass(frozen=True)
class MlflowRun:
    """A run as MLflow wrote it.

    Attributes:
        status: By the names of `RunStatus`; None while it goes on.
        tags: With the parameters, which MLflow keeps apart.
        files: What it kept, by path; models with the folder of their name.
    """

    id: str
    experiment: str
    name: str
    status: str | None
    parent: str | None
    metrics: tuple[Metric, ...]
    tags: Mapping[str, str]
    files: Mapping[str, Path]


@dataclass(frozen=True)
class MlflowVersion:
    """A registered version of a model; `place` is its folder."""

    model: str
    version: int
    run: str | None
    place: Path


class MlflowStore:
    """A folder that MLflow writes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def uri(self) -> str:
        """As MLflow takes it."""
        return self.folder.as_uri()

    @property
    def variables(self) -> dict[str, str]:
        """With which a process writes here."""
        return {VARIABLE: self.uri, ALLOWED: "true"}

    def runs(self, known: Callable[[str], bool] = lambda _: False) -> list[MlflowRun]:
        """Those that are there, in the order in which they began.

        Args:
            known: Of a run by its id: whether it need not be read, having ended before.
        """
        found = []
        for experiment in self.folder.glob("[0-9]*/meta.yaml"):
            name = str(_read(experiment).get("name"))
            for meta in experiment.parent.glob("*/meta.yaml"):
                said = _read(meta)
                deleted = said.get("lifecycle_stage") == "deleted"
                if "run_id" in said and not deleted and not known(str(said["run_id"])):
                    found.append((said.get("start_time", 0), _run(meta.parent, said, name)))
        return [run for _, run in sorted(found, key=lambda pair: pair[0])]

    def versions(self) -> list[MlflowVersion]:
        """The registered models whose files are on this machine."""
        found = []
        for meta in sorted(self.folder.glob("models/*/version-*/meta.yaml")):
            said = _read(meta)
            place = _place(said.get("storage_location") or said.get("source") or "")
            if place is not None and place.is_dir():
                made = MlflowVersion(
                    str(said["name"]), int(said["version"]), said.get("run_id"), place
                )
                found.append(made)
        return found


def _run(folder: Path, said: Mapping[str, Any], experiment: str) -> MlflowRun:
    tags = {name: text for name, text in _texts(folder / "tags") if not name.startswith(_OWN)}
    own = dict(_texts(folder / "tags"))
    return MlflowRun(
        id=str(said["run_id"]),
        experiment=experiment,
        name=str(said.get("run_name") or ""),
        status=_ENDED.get(said.get("status", 0)),
        parent=own.get(f"{_OWN}parentRunId"),
        metrics=tuple(_metrics(folder / "metrics")),
        tags={**dict(_texts(folder / "params")), **tags},
        files={**dict(_files(folder / "artifacts")), **dict(_models(folder, said["run_id"]))},
    )


def _metrics(folder: Path) -> Iterator[Metric]:
    """A line of a metric's file: time in ms, value, step, and what later releases add."""
    found = []
    for name, text in _texts(folder):
        for line in text.splitlines():
            when, value, step, *_ = [*line.split(), "0", "0"]
            found.append((int(when), Metric(name, "scalar", float(value), int(step))))
    yield from (metric for _, metric in sorted(found, key=lambda pair: pair[0]))


def _models(folder: Path, run: str) -> Iterator[tuple[str, Path]]:
    for meta in sorted((folder.parent / "models").glob("*/meta.yaml")):
        said = _read(meta)
        if said.get("source_run_id") == run:
            for place, file in _files(meta.parent / "artifacts"):
                yield f"{said['name']}/{place}", file


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for name, file in _files(folder):
        yield name, file.read_text(encoding="utf-8", errors="replace")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file


def _place(uri: str) -> Path | None:
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(uri) if uri.startswith("/") else None


def _read(meta: Path) -> dict[str, Any]:
    """Empty where MLflow is just writing it."""
    import yaml

    try:
        said = yaml.safe_load(meta.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return {}
    return said if isinstance(said, dict) else {}


def take_in(run: Run, found: MlflowRun, *, once: bool = False) -> None:
    """Makes what MLflow wrote a part of a run, as far as it is none yet.

    Args:
        once: Whether this is the only time; metrics of the same name may then be there already.
    """
    there = Counter(() if once else (metric.name for metric in run.metrics()))
    for metric in found.metrics:
        if there[metric.name]:
            there[metric.name] -= 1
        else:
            run.log(metric.name, metric.value, step=metric.step)
    run.set_tags(found.tags)
    files = {file.path for file in run.files()}
    for path, file in found.files.items():
        if path not in files:
            run.upload(path, file)
