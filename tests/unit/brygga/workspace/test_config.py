"""Which workspace a folder belongs to: the files and their order are Azure ML SDK v1's."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga import InvalidInputError, NotFoundError, Workspace
from brygga.store.rows import WorkspaceKey
from brygga.workspace_config import find_config, read_config

SCOPE = (
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}"
)
PLACES = [
    ".azureml/config.json",
    ".azureml/project.json",
    "aml_config/config.json",
    "aml_config/project.json",
    "config.json",
    "project.json",
]


def _write(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {"subscription_id": "local", "resource_group": "local", "workspace_name": name}
    path.write_text(json.dumps(names))
    return path


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_found_from_folders_below(place: str) -> None:
    Workspace.create("team")
    project = Path.cwd()
    _write(project / place, "team")
    (project / "a/b").mkdir(parents=True)
    assert Workspace.from_config(project / "a/b").name == "team"
    assert Workspace.from_config(project / place).name == "team"
    assert Workspace.from_config().name == "team"


def test_an_earlier_place_wins_even_where_it_lies_higher() -> None:
    project = Path.cwd()
    for earlier, later in pairwise(PLACES):
        high, low = _write(project / earlier, "aa"), _write(project / "sub" / later, "bb")
        assert find_config(project / "sub") == high
        high.unlink()
        assert find_config(project / "sub") == low
        low.unlink()


def test_the_nearest_of_one_place_wins() -> None:
    project = Path.cwd()
    _write(project / "config.json", "far")
    near = _write(project / "a/config.json", "near")
    (project / "a/b").mkdir()
    assert find_config(project / "a/b") == near
    assert find_config(Path("a/b")) == near


def test_both_forms_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    scope = SCOPE.format("s", "g", "team")
    for content in (
        {"subscription_id": "s", "resource_group": "g", "workspace_name": "team"},
        {"Id": None, "Scope": scope},
        {"Id": None, "Scope": scope.lower()},
    ):
        file.write_text(json.dumps(content))
        assert read_config(file) == WorkspaceKey("s", "g", "team")
    file.write_text("\ufeff" + json.dumps({"Scope": scope}))
    assert read_config(file) == WorkspaceKey("s", "g", "team")


def test_what_is_written_is_v1s_and_is_found_again() -> None:
    made = Workspace.create("team", subscription_id="s", resource_group="g")
    written = made.write_config()
    assert written == Path(".azureml/config.json")
    assert json.loads(written.read_text()) == {"Id": None, "Scope": SCOPE.format("s", "g", "team")}
    assert Workspace.from_config() == made


def test_an_old_folder_is_written_into_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "old/aml_config").mkdir(parents=True)
    made = Workspace.create("team")
    written = made.write_config(tmp_path / "old", file_name="project.json")
    assert written == tmp_path / "old/aml_config/project.json"
    assert Workspace.from_config(tmp_path / "old") == made


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    made = Workspace.create("team")
    (tmp_path / "closed").mkdir(mode=0o555)
    with unprivileged(tmp_path), pytest.raises(InvalidInputError, match="Permission denied"):
        made.write_config(tmp_path / "closed")


def test_without_any_file_it_is_the_default() -> None:
    assert Workspace.from_config().name == "default"


def test_a_path_that_leads_to_no_file_is_reported(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(NotFoundError, match=r"ws\.write_config\("):
            Workspace.from_config(path)
    assert Workspace.list() == []


def test_a_configuration_of_a_missing_workspace_says_how_to_make_it() -> None:
    _write(Path("config.json"), "gone")
    with pytest.raises(NotFoundError, match=r"Workspace\.create\('gone'\)"):
        Workspace.from_config()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"workspace_name": "x"}',
        '{"subscription_id": 1, "resource_group": "g", "workspace_name": "team"}',
        '{"Scope": "/subscriptions/s"}',
        json.dumps({"Scope": SCOPE.format("s", "g", "team") + "/more"}),
        '{"subscription_id": "s", "resource_group": "../..", "workspace_name": "../x"}',
        "[" * 60_000,
        json.dumps({"a": "x" * 70_000}),
    ],
)
def test_a_file_that_names_no_workspace_is_reported(text: str) -> None:
    Path("config.json").write_text(text)
    with pytest.raises(InvalidInputError):
        Workspace.from_config()


def test_a_file_that_is_no_text_is_reported() -> None:
    Path("config.json").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(InvalidInputError, match="is not a JSON object"):
        Workspace.from_config()
