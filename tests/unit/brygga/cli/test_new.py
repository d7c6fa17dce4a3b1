"""`brygga new`: flags, the questions of a terminal, and what is said."""

from pathlib import Path

import pytest
from support.cli import Terminal, scored

from brygga.services import TestReport


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_script_is_asked_nothing(terminal: Terminal, here: Path) -> None:
    result = terminal("new", "My Model!")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "My Model! has requirements.txt, sample.json, score.py, test_score.py, brygga.toml.",
        "The service is called my-model: a service cannot be called 'My Model!'. "
        "Its name stands in brygga.toml.",
        "  cd 'My Model!'",
        "  brygga test",
        "  brygga deploy",
    ]
    assert terminal("new").exit_code == 2
    again = terminal("new", "My Model!", "--template", "stream")
    assert (again.exit_code, "already has" in again.stderr) == (1, True)


def test_a_person_is_asked_for_what_is_not_given(terminal: Terminal, here: Path) -> None:
    result = terminal("new", typed="digits\ntyped\n")
    assert result.exit_code == 0, result.output
    assert "batched" in (here / "digits/score.py").read_text()
    assert terminal("new", "other", typed="\n").exit_code == 0
    assert "raw_data" in (here / "other/score.py").read_text()
    assert terminal("new", "third", "--template", "plain", typed="").exit_code == 0


def test_around_a_model_it_is_the_current_folder(terminal: Terminal, here: Path) -> None:
    (here / "booster.txt").write_text("tree\nversion=v4\nmax_feature_idx=1\n")
    result = terminal("new", "--from-model", "booster.txt")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0] == "booster.txt is a model of LightGBM."
    assert "This folder has score.py" in result.stdout
    assert 'models = [{ path = "booster.txt" }]' in (here / "brygga.toml").read_text()
    assert terminal("new", "x", "--from-model", "b", "--template", "plain").exit_code == 2


def test_what_the_project_says_is_tested(terminal: Terminal, here: Path) -> None:
    terminal("new", "digits")
    terminal.workspace.services.report = TestReport(0.1, None, (scored("[12, 30]"),), "")
    result = terminal("test", "--file", "digits/brygga.toml")
    assert result.exit_code == 0, result.stderr
    asked = terminal.workspace.services.tested
    assert asked["inputs"] == [(here / "digits/sample.json").read_bytes()]
    assert (asked["entry_script"], asked["folder"]) == ("score.py", here / "digits")
    assert terminal("test", "digits", "--entry-script", "score.py").exit_code == 2


def test_a_folder_that_begins_with_a_dash_is_no_option_of_cd(terminal: Terminal) -> None:
    result = terminal("new", "--", "-x")
    assert result.exit_code == 0, result.stderr
    assert "  cd ./-x" in result.stdout.splitlines()
