import json
from pathlib import Path

import pytest
from support.cli import Terminal


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "m.pkl"
    path.write_bytes(b"model")
    return str(path)


def test_register_counts_versions_and_keeps_what_was_said(terminal: Terminal, file: str) -> None:
    terminal("model", "register", "digits", file)
    shown = terminal.json(
        "model", "register", "digits", file, "--tag", "data=mnist", "--tag", "a=b=c",
        "--property", "seed=42", "--description", "linear", "--framework", "ScikitLearn",
    )  # fmt: skip
    assert shown["id"] == "digits:2"
    assert shown["tags"] == {"data": "mnist", "a": "b=c"}
    assert shown["properties"] == {"seed": "42"}
    assert shown["created_at"] == "2026-05-17T12:00:00+00:00"
    assert shown["created_by"] == "ada"


def test_register_says_id_size_and_sha256(terminal: Terminal, file: str) -> None:
    result = terminal("model", "register", "digits", file)
    assert "Registered digits:1 (1.2 MB)." in result.stdout
    assert "sha256 " + "ab" * 32 in result.stdout


@pytest.mark.parametrize("tag", ["data", "=mnist"])
def test_tag_without_value_is_wrong_use(terminal: Terminal, file: str, tag: str) -> None:
    result = terminal("model", "register", "digits", file, "--tag", tag)
    assert result.exit_code == 2
    assert "is not of the form K=V" in result.stderr


def test_list_for_people_and_for_programs(terminal: Terminal, file: str) -> None:
    terminal("model", "register", "digits", file, "--tag", "data=mnist")
    lines = terminal("model", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "SIZE", "FRAMEWORK", "TAGS", "CREATED", "AT"]
    assert lines[1].startswith("digits  1        1.2 MB             data=mnist")
    assert [m["size"] for m in terminal.json("model", "list")] == [1_234_567]


def test_empty_list_is_empty_and_says_what_to_do(terminal: Terminal) -> None:
    result = terminal("model", "list")
    assert result.stdout == ""
    assert "brygga model register" in result.stderr
    assert terminal.json("model", "list") == []


def test_show_takes_the_latest_or_the_named_version(terminal: Terminal, file: str) -> None:
    terminal("model", "register", "digits", file)
    terminal("model", "register", "digits", file)
    assert terminal.json("model", "show", "digits")["version"] == 2
    assert terminal.json("model", "show", "digits:1")["version"] == 1
    assert "sha256" in terminal("model", "show", "digits").stdout


def test_download_prints_the_path(terminal: Terminal, file: str, tmp_path: Path) -> None:
    terminal("model", "register", "digits", file)
    result = terminal("model", "download", "digits", "--output", str(tmp_path), "--overwrite")
    assert result.stdout.strip() == str(tmp_path / "m.pkl")
    assert (tmp_path / "m.pkl").read_text() == "overwritten"


def test_tags_are_set_and_removed(terminal: Terminal, file: str) -> None:
    terminal("model", "register", "digits", file, "--tag", "old=1")
    assert terminal("model", "tag", "digits", "new=2", "--remove", "old").exit_code == 0
    assert terminal.json("model", "show", "digits")["tags"] == {"new": "2"}
    assert terminal("model", "tag", "digits").exit_code == 2


def test_update_and_delete(terminal: Terminal, file: str) -> None:
    terminal("model", "register", "digits", file)
    terminal("model", "update", "digits", "--description", "better")
    assert terminal.json("model", "show", "digits")["description"] == "better"
    assert terminal("model", "delete", "digits:1").stdout == "Deleted digits:1.\n"
    assert json.loads(terminal("model", "list", "--json").stdout) == []
    assert terminal("model", "delete", "digits:1").exit_code == 1
