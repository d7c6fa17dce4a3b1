"""Deleting asks whoever sits at a terminal, and nobody else."""

from pathlib import Path

import pytest
from support.cli import MemoryService, Terminal


@pytest.fixture
def full(terminal: Terminal, tmp_path: Path) -> Terminal:
    services = terminal.workspace.services
    for name in ("one", "two"):
        services.kept[name] = MemoryService(name, services)
        (tmp_path / name).write_text(name)
        terminal.workspace.models.register(name, tmp_path / name)
    return terminal


def left(terminal: Terminal) -> tuple[list[str], list[str]]:
    workspace = terminal.workspace
    return list(workspace.services.kept), [model.id for model in workspace.models.kept]


def test_a_script_is_not_asked(full: Terminal) -> None:
    assert full("service", "delete", "one").stdout == "Deleted one.\n"
    assert full("model", "delete", "two").stdout == "Deleted two:1.\n"
    assert left(full) == (["two"], ["one:1"])


def test_at_a_terminal_yes_deletes(full: Terminal) -> None:
    asked = full("service", "delete", "one", "two", typed="y\n")
    assert "Delete one, two for good, with processes, keys and revisions? [y/N]" in asked.stderr
    assert asked.stdout == "Deleted one.\nDeleted two.\n"
    asked = full("model", "delete", "one", typed="y\n")
    assert "Delete one:1 for good? [y/N]" in asked.stderr
    assert left(full) == ([], ["two:1"])


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
@pytest.mark.parametrize("noun", ["service", "model"])
def test_at_a_terminal_anything_else_keeps(full: Terminal, noun: str, answer: str) -> None:
    assert full(noun, "delete", "one", typed=answer).exit_code == 1
    assert left(full) == (["one", "two"], ["one:1", "two:1"])


def test_yes_said_before_is_not_asked_for(full: Terminal) -> None:
    assert "?" not in full("service", "delete", "one", "--yes", typed="").output
    assert "?" not in full("model", "delete", "two", "--yes", typed="").output
    assert left(full) == (["two"], ["one:1"])


def test_nothing_is_deleted_where_one_of_them_is_not_there(full: Terminal) -> None:
    assert full("service", "delete", "one", "gone").exit_code == 1
    assert full("model", "delete", "one", "gone").exit_code == 1
    assert left(full) == (["one", "two"], ["one:1", "two:1"])
