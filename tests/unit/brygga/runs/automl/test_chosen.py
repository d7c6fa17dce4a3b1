"""A model that a run has left: loaded where its packages are, else asked by another Python."""

import json
import pickle
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from brygga.environments import Environment
from brygga.environments.realise import RealisedEnvironment
from brygga.errors import InvalidInputError
from brygga.operations import Progress
from brygga.runs import Run
from brygga.runs.automl.flaml import ChosenModel
from brygga.settings import Settings
from brygga.workspace import Workspace

PACKAGES = {name: version(name) for name in ("scikit-learn", "numpy")}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    workspace = Workspace.create("tests", settings=Settings(home=tmp_path / "home"))
    run = workspace.runs.start("first")
    rows = np.array([[1.0], [2.0], [3.0]])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(LinearRegression().fit(rows, rows[:, 0] * 2)))
    run.upload("outputs/model.pkl", tmp_path / "model.pkl")
    return run


def _chosen(run: Run, folder: Path, python: str, **packages: str) -> ChosenModel:
    about = {"columns": ["x"], "packages": {**PACKAGES, **packages}, "python": python}
    (folder / "model.json").write_text(json.dumps(about))
    run.upload("outputs/model.json", folder / "model.json")

    def prepare(_environment: Environment, _progress: Progress) -> RealisedEnvironment:
        return RealisedEnvironment("e" * 64, folder, Path(sys.executable))

    return ChosenModel(run, prepare)


def test_it_is_loaded_where_its_packages_are_here(run: Run, tmp_path: Path) -> None:
    model = _chosen(run, tmp_path, sys.executable).loaded()

    assert model is not None
    assert model.predict([[4.0]]) == pytest.approx(8.0)


def test_it_is_not_loaded_with_packages_of_other_versions(run: Run, tmp_path: Path) -> None:
    assert _chosen(run, tmp_path, sys.executable, **{"scikit-learn": "0.1"}).loaded() is None


def test_it_is_asked_by_a_python_made_anew_where_its_own_is_gone(run: Run, tmp_path: Path) -> None:
    said = _chosen(run, tmp_path, "/gone/bin/python").ask(
        "predict", pd.DataFrame({"x": [4.0, 5.0]})
    )

    assert said[0].tolist() == pytest.approx([8.0, 10.0])


def test_what_it_cannot_say_is_told_with_its_columns(run: Run, tmp_path: Path) -> None:
    chosen = _chosen(run, tmp_path, sys.executable)

    with pytest.raises(InvalidInputError, match="The model cannot predict: ValueError") as caught:
        chosen.ask("predict", pd.DataFrame({"x": [1.0], "y": [1.0]}))
    assert "Give it the columns x." in str(caught.value)
