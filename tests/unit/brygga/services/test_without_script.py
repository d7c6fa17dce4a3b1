"""A single model of a known framework needs no script; others are told what to do."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LinearRegression
from support.house import SCRIPT, House

from brygga.errors import InvalidInputError
from brygga.images.no_code import SCORING_SCRIPTS


def entry_script(house: House) -> str:
    return str(house.parts.store.services.revisions("svc")[-1].bundle["entry_script"])


def deploy(house: House, model: object, **options: Any) -> None:
    house.services.deploy("svc", models=[model], target="fake", **options)  # type: ignore[list-item]


def test_an_estimator_in_memory_is_saved_and_served(house: House) -> None:
    estimator = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
    deploy(house, estimator)
    assert entry_script(house) == "score_sklearn.py"
    (model,) = house.parts.store.services.revisions("svc")[-1].bundle["models"]
    assert (model["name"], model["version"]) == ("linearregression.pkl", 0)
    assert house.services.plan("svc", models=[estimator], target="fake").changes == ()


@pytest.mark.parametrize(
    ("name", "content", "script"),
    [
        ("model.onnx", b"\x08\x07", "score_onnx.py"),
        ("model.txt", b"tree\nversion=v4\n", "score_lightgbm.py"),
        ("model.json", b'{"learner":{"attributes":{}}}', "score_xgboost.py"),
        ("model.ubj", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner", "score_xgboost.py"),
        ("model.pkl", b"\x80\x02cxgboost.core\nBooster\n)\x81.", "score_xgboost.py"),
        ("model.pkl", b"\x80\x02cxgboost.sklearn\nXGBClassifier\n)\x81.", "score_sklearn.py"),
        ("model.pkl", b"\x80\x02clightgbm.basic\nBooster\n)\x81.", "score_lightgbm.py"),
    ],
)
def test_a_file_says_what_it_was_made_with(
    house: House, tmp_path: Path, name: str, content: bytes, script: str
) -> None:
    (tmp_path / name).write_bytes(content)
    deploy(house, tmp_path / name)
    assert script in SCORING_SCRIPTS
    assert entry_script(house) == script


def test_a_registered_model_says_it_itself(house: House, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"anything")
    house.parts.images.assembler.models.register(
        "digits", tmp_path / "weights", framework="ScikitLearn", framework_version="1.5.0"
    )
    deploy(house, "digits")
    assert entry_script(house) == "score_sklearn.py"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x80\x02ctorch.nn\nLinear\n)\x81.", "it holds a torch.nn:Linear"),
        (b"\x80\x02c__main__\nOwn\n)\x81.", "it was pickled with Own of the program itself"),
        (pickle.dumps([1]), "it holds a list or the like"),
        (b"weights", "its file is none that is known"),
    ],
)
def test_what_cannot_be_served_so_says_what_to_do(
    house: House, tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "model.pkl").write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        deploy(house, tmp_path / "model.pkl")
    message = f"The model model.pkl cannot be served without a script: {why}"
    assert caught.value.message.startswith(message)
    assert "init() and run(data)" in caught.value.hint
    assert "entry_script" in caught.value.hint


def test_what_is_no_model_and_what_cannot_be_pickled(house: House) -> None:
    class Local:
        def predict(self, rows: object) -> object:
            return rows

    with pytest.raises(InvalidInputError, match=r"models\[0\]=.* a fitted estimator with predict"):
        deploy(house, {})
    with pytest.raises(InvalidInputError, match="The Local cannot be pickled"):
        deploy(house, Local())


def test_a_service_with_a_script_of_its_own_keeps_it(house: House) -> None:
    house.deploy(text=SCRIPT)
    deploy(house, LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]))
    assert entry_script(house) == "score.py"
