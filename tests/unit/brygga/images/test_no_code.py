"""Scripts for models that have none, and files beside a script."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.images.code import check_script, collect_code
from brygga.images.no_code import scoring_script
from brygga.models.pickles import Pickled


@pytest.mark.parametrize("framework", ["scikit-learn", "onnx"])
def test_a_script_can_be_served(framework: str) -> None:
    script, environment = scoring_script(framework)
    check_script(script)
    assert "numpy" in environment.packages


def test_the_version_of_scikit_learn_is_that_of_the_model() -> None:
    assert "scikit-learn==1.5.0" in scoring_script("scikit-learn", "1.5.0")[1].packages
    assert "onnxruntime" in scoring_script("onnx", "1.3")[1].packages


def test_what_the_pickle_needs_else_comes_along() -> None:
    pickled = Pickled(
        "model.pkl",
        ("cloudpickle.cloudpickle:loads", "sklearn.svm._classes:SVC"),
        versions={"scikit-learn": "1.3.2"},
    )
    _, environment = scoring_script("scikit-learn", None, [pickled])
    assert "scikit-learn==1.3.2" in environment.packages
    assert [p for p in environment.packages if p.startswith("cloudpickle")]
    assert len([p for p in environment.packages if p.startswith("scikit-learn")]) == 1


def test_other_frameworks_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="no scoring script for 'torch'"):
        scoring_script("torch")


def test_files_beside_a_script_keep_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (tmp_path / "data/deep").mkdir(parents=True)
    (tmp_path / "data/deep/a.txt").write_text("a")
    (tmp_path / "outside.txt").write_text("b")

    code = collect_code("score.py", dependencies=["data", tmp_path / "outside.txt"])

    assert [place for place, _ in code.files] == ["score.py", "data/deep/a.txt", "outside.txt"]
    with pytest.raises(InvalidInputError, match="'nothing' is not there"):
        collect_code("score.py", dependencies=["nothing"])
