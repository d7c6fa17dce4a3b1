"""What is written around a model, by what its file says."""

import json
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import __version__ as sklearn_version
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from support.onnx_model import linear_model

from brygga import Project
from brygga.errors import InvalidInputError
from brygga.images.code import check_script
from brygga.models.onnx import OnnxInput, onnx_inputs
from brygga.scaffolds import Scaffold, scaffold_of_model
from brygga.spellings import Language, words

LIGHTGBM = b"tree\nversion=v4\nnum_class=1\nmax_feature_idx=6\nobjective=binary\n"
XGBOOST = b'{"learner":{"learner_model_param":{"num_feature":"5"}},"version":[2,1,0]}'
UBJSON = b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner...num_featureSL" + b"\0" * 7 + b"\x0212"


@pytest.fixture(scope="module")
def fitted() -> Any:
    rows, labels = np.random.default_rng(1).random((20, 3)), np.arange(20) % 2
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)


def made(path: Path, content: bytes) -> Scaffold:
    path.write_bytes(content)
    return scaffold_of_model(path, path.parent)


def sample(scaffold: Scaffold) -> Any:
    return json.loads(str(scaffold.files["sample.json"]))


def test_a_project_beside_a_pickle(tmp_path: Path, fitted: Any) -> None:
    scaffold = made(tmp_path / "model.pkl", pickle.dumps(fitted))
    assert scaffold.notes[0].endswith(f"is a model of scikit-learn {sklearn_version}, a Pipeline.")
    assert sample(scaffold) == {"data": [[0.0] * 3]}
    scaffold.write(tmp_path)
    assert Project.read(tmp_path / "brygga.toml").service().values["models"] == [
        {"path": "model.pkl"}
    ]
    check_script(tmp_path / "score.py")
    assert "noqa" not in (tmp_path / "score.py").read_text()
    assert f"scikit-learn=={sklearn_version}" in (tmp_path / "requirements.txt").read_text()


def test_a_project_elsewhere_names_the_model_from_there(tmp_path: Path, fitted: Any) -> None:
    joblib.dump(fitted, tmp_path / "model.joblib")
    scaffold = scaffold_of_model(tmp_path / "model.joblib", tmp_path / "new/digits")
    assert scaffold.models == ("../../model.joblib",)


def test_parts_that_say_different_things_leave_it_to_the_whole(tmp_path: Path, fitted: Any) -> None:
    rows = np.random.default_rng(1).random((20, 2))
    made_of = "passthrough", PolynomialFeatures(2), LogisticRegression()
    odd = make_pipeline(*made_of).fit(rows, np.arange(20) % 2)
    scaffold = made(tmp_path / "model.pkl", pickle.dumps(odd))
    assert scaffold.sample is None
    assert "test_score.py" not in scaffold.files
    assert "does not say what a row is" in scaffold.notes[-1]
    scaffold.write(tmp_path)
    assert Project.read(tmp_path / "brygga.toml").service().sample_input is None


@pytest.mark.parametrize(
    ("content", "package", "columns"),
    [(LIGHTGBM, "lightgbm", 7), (XGBOOST, "xgboost", 5), (UBJSON, "xgboost", 12)],
)
def test_boosters_say_how_many_numbers_a_row_has(
    tmp_path: Path, content: bytes, package: str, columns: int
) -> None:
    scaffold = made(tmp_path / "booster", content)
    assert sample(scaffold) == {"data": [[0.0] * columns]}
    assert package in str(scaffold.files["requirements.txt"]).splitlines()
    assert f"which version of {package}" in scaffold.notes[-1]


def test_onnx_says_what_it_takes(tmp_path: Path) -> None:
    model = linear_model("image", "scores", np.ones((16, 3)))
    scaffold = made(tmp_path / "model.onnx", model)
    assert onnx_inputs(tmp_path / "model.onnx") == (OnnxInput("image", 1, (1, 1, 4, 4)),)
    assert sample(scaffold) == {"inputs": {"image": [[[[0.0] * 4] * 4]]}}
    assert "image [1, 1, 4, 4]" in scaffold.notes[1]


@pytest.mark.parametrize("content", [b"\x08\x07", b"\x3a\xff\xff\x03", b"\xff" * 40, b"\x3a"])
def test_damaged_onnx_is_told_as_such(tmp_path: Path, content: bytes) -> None:
    scaffold = made(tmp_path / "model.onnx", content)
    assert (scaffold.sample, "cannot be told" in scaffold.notes[-1]) == (None, True)


def test_a_folder_of_mlflow_keeps_its_packages(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/MLmodel").write_text("flavors: {}\n")
    bare = scaffold_of_model(tmp_path / "saved", tmp_path)
    assert "names no packages" in bare.notes[-1]
    (tmp_path / "saved/requirements.txt").write_text("mlflow\n")
    scaffold = scaffold_of_model(tmp_path / "saved", tmp_path)
    assert (scaffold.models, scaffold.requirements) == (("saved",), "saved/requirements.txt")
    assert '"saved"' in str(scaffold.files["score.py"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x80\x02ctorch.nn\nLinear\n)\x81.", "it holds a torch.nn:Linear"),
        (b"", "weights is empty"),
        (b"no model", "weights is a text, and no model"),
        (b"\x00\x01\xff", "Nothing in .*says what it was made with"),
        (b"\x80\x02csklearn.svm\nSVC\n)", "ends in the middle of a pickle"),
        (b"\x80\x02c__main__\nOwn\n)\x81.", "Own of the program itself"),
    ],
)
def test_what_nothing_serves_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as caught:
        made(tmp_path / "weights", content)
    hint = words(caught.value.advice, Language.COMMAND)
    assert "`brygga new FOLDER --template plain`" in hint
    with pytest.raises(InvalidInputError, match="without MLmodel"):
        scaffold_of_model(tmp_path, tmp_path)
    with pytest.raises(InvalidInputError, match="There is no file"):
        scaffold_of_model(tmp_path / "gone", tmp_path)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pipeline_takes_what_its_first_step_takes(tmp_path: Path, protocol: int) -> None:
    rows, labels = np.random.default_rng(1).random((20, 3)), np.arange(20) % 2
    wider = make_pipeline(PolynomialFeatures(), LogisticRegression()).fit(rows, labels)
    assert sample(made(tmp_path / "a.pkl", pickle.dumps(wider, protocol))) == {"data": [[0.0] * 3]}
    texts = make_pipeline(TfidfVectorizer(), MultinomialNB()).fit(["good", "bad"], [1, 0])
    scaffold = made(tmp_path / "b.pkl", pickle.dumps(texts, protocol))
    assert scaffold.sample is None
    assert "It takes texts" in scaffold.notes[-1]


def test_a_script_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"score\.py is a script, and no model"):
        made(tmp_path / "score.py", b"def init(): pass\n")
