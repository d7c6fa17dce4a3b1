"""FLAML in an environment of its own (docs/adr/0301-flaml-beside-the-notebook.md)."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.models.pickles import read_pickle
from brygga.operations import SILENT
from brygga.runs.automl.spec import AutoMLSpec
from brygga.runs.run import Run
from brygga.runs.script import Prepare, ScriptSpec
from brygga.store.files import scratch_folder

if TYPE_CHECKING:
    import pandas as pd

_INSIDE = Path(__file__).with_name("inside")
# As `flaml[automl]` says, but for XGBoost: its package for GPUs is 300 MB more.
_PACKAGES = ("flaml==2.8.0", "lightgbm", "pandas", "scikit-learn", "scipy", "xgboost-cpu<3")
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "xgboost": "xgboost-cpu"}
KEPT = ("model.pkl", "model.json", "scoring_file_v_1_0_0.py", "conda_env_v_1_0_0.yml")
"""The files of a chosen model, below `outputs/`."""


def write_script(
    folder: Path, spec: AutoMLSpec, data: pd.DataFrame, validation: pd.DataFrame | None
) -> ScriptSpec:
    """Writes into a folder all that is run; it may be removed once that has begun."""
    from brygga.runs.automl.inside import table

    for file in _INSIDE.glob("*.py"):
        shutil.copyfile(file, folder / file.name)
    table.write(data, folder / "data")
    if validation is not None:
        table.write(validation, folder / "validation")
    settings = {**asdict(spec), "files": KEPT}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return ScriptSpec(folder, "train.py", environment=Environment.from_packages(_PACKAGES))


class ChosenModel:
    """The model that a run has left, with what is told of it."""

    def __init__(self, run: Run, prepare: Prepare) -> None:
        """Reads what is told of it.

        Raises:
            NotFoundError: the run has no model.
        """
        self._run = run
        self._prepare = prepare
        with scratch_folder() as folder:
            run.download("outputs/model.json", folder / "model.json")
            self.about: Mapping[str, Any] = json.loads((folder / "model.json").read_text())

    def loaded(self) -> Any | None:
        """Itself; None unless all it is made of is installed here at the same versions."""
        with self._file() as file:
            held = read_pickle(file)
            tops = {name.partition(".")[0] for name in held.modules} if held else set()
            if not all(self._is_here(top) for top in tops):
                return None
            try:
                return pickle.loads(file.read_bytes())  # noqa: S301 - of a run of this workspace
            except ImportError:
                return None

    def ask(self, method: str, rows: pd.DataFrame) -> pd.DataFrame:
        """What it says of rows, in an environment with the packages it was fitted with.

        Args:
            method: `predict`, `predict_proba`.

        Raises:
            InvalidInputError: it raised an error, which is told.
        """
        from brygga.runs.automl.inside import table

        with self._file() as file:
            table.write(rows, file.with_name("in"))
            done = subprocess.run(
                [self._python(), "-s", _INSIDE / "predict.py", file, method, file.parent],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                return table.read(file.with_name("out"))
        lines = done.stderr.strip().splitlines() or ["it wrote nothing"]
        raise InvalidInputError(
            f"The model cannot {method}: {lines[-1]}",
            code=ErrorCode.AUTOML_MODEL_REFUSED,
            hint=f"Give it the columns {', '.join(map(str, self.about['columns']))}.",
        )

    @contextmanager
    def _file(self) -> Iterator[Path]:
        with scratch_folder() as folder:
            self._run.download("outputs/model.pkl", folder / "model.pkl")
            yield folder / "model.pkl"

    def _python(self) -> Path:
        """The one it was fitted with, or one with the same packages where that is gone."""
        python = Path(self.about["python"])
        if python.exists():
            return python
        pins = [f"{name}=={version}" for name, version in self.about["packages"].items()]
        return self._prepare(Environment.from_packages(pins), SILENT).python

    def _is_here(self, top: str) -> bool:
        wanted = self.about["packages"].get(_DISTRIBUTIONS.get(top, top))
        # XGBoost is there under either name.
        return wanted in (_version(_DISTRIBUTIONS.get(top, top)), _version(top))


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
