"""Rows to files, by whom ever they are written and read."""

import logging
from pathlib import Path

import pytest

from azureml.monitoring import ModelDataCollector


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZUREML_MODEL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_is_made_has_the_rights_of_the_root(root: Path) -> None:
    root.mkdir()
    root.chmod(0o777)  # as for a container, which writes as another user

    told = ModelDataCollector("m", model_version=3).collect([[1, "a,b"]])

    assert told["status"] is True
    file = Path(told["file"])
    assert file.relative_to(root).parts[:3] == ("m", "3", "default")
    assert file.stat().st_mode & 0o777 == 0o666
    folders = [each for each in file.parents if each.is_relative_to(root)]
    assert {each.stat().st_mode & 0o777 for each in folders} == {0o777}
    assert file.read_text().splitlines()[1].endswith(',1,"a,b"')


def test_the_older_word_for_a_designation(root: Path) -> None:
    told = ModelDataCollector("m", identifier="inputs").collect([[1]])

    assert Path(told["file"]).relative_to(root).parts[:3] == ("m", "default", "inputs")


def test_correlations_lie_beside_the_rows(root: Path) -> None:
    collector = ModelDataCollector("m")
    told = collector.add_correlations({"request": "1", "user": "x"})

    assert Path(told["file"]).read_text() == '{"request": "1", "user": "x"}\n'
    assert Path(told["file"]).parent == collector.folder


def test_a_row_that_cannot_be_kept_is_no_reason_to_give_no_answer(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root.write_text("a file where the folder should be")

    with caplog.at_level(logging.WARNING, "azureml.monitoring"):
        told = ModelDataCollector("m").collect([1])

    assert told["status"] is False
    assert "Rows of m were not kept" in caplog.text


def test_a_service_that_was_not_told_to_collect_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZUREML_MODEL_DATA_DIR", raising=False)
    monkeypatch.setenv("AZUREML_MODEL_DIR", "azureml-models/m/1")
    monkeypatch.chdir(tmp_path)

    told = ModelDataCollector("m").collect([1])

    assert (told["status"], told["reason"]) == (
        False, "collect_model_data is off for this service",
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
