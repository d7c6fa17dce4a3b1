"""Runs: what they log and keep, and how they end."""

from pathlib import Path

import numpy as np
import pytest

from brygga.errors import (
    AlreadyExistsError,
    InvalidInputError,
    InvalidNameError,
    NotFoundError,
)
from brygga.runs import RunStatus, ScriptSpec
from brygga.runs.run import plain
from brygga.settings import Settings
from brygga.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create("tests", settings=Settings(home=tmp_path / "home"))


def test_what_is_logged_keeps_its_order_and_kind(workspace: Workspace) -> None:
    run = workspace.runs.start("first")
    run.log("loss", np.float64(0.5))
    run.log("loss", 1, step=2)
    run.log("all", np.array([1, 2]), kind="list")

    assert [(m.name, m.kind, m.value, m.step) for m in run.metrics()] == [
        ("loss", "scalar", 0.5, None),
        ("loss", "scalar", 1, 2),
        ("all", "list", [1, 2], None),
    ]


def test_runs_are_counted_in_their_experiment_and_listed_newest_first(workspace: Workspace) -> None:
    first, second = workspace.runs.start("a"), workspace.runs.start("a")
    part = workspace.runs.start("a", parent=first.id)
    other = workspace.runs.start("b")

    assert (first.row.number, second.row.number, other.row.number) == (1, 2, 1)
    assert [r.id for r in workspace.runs.list("a")] == [part.id, second.id, first.id]
    assert [r.id for r in workspace.runs.list(parent=first.id)] == [part.id]
    assert [e.name for e in workspace.runs.experiments()] == ["a", "b"]
    assert workspace.runs.get(other.id).experiment == "b"
    with pytest.raises(NotFoundError):
        workspace.runs.get("nothing")
    workspace.runs.delete_experiment("a")
    assert [r.id for r in workspace.runs.list()] == [other.id]


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "é"])
def test_names_of_experiments_have_a_rule(workspace: Workspace, name: str) -> None:
    with pytest.raises(InvalidNameError):
        workspace.runs.start(name)


def test_files_are_kept_once_and_come_back(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    run = workspace.runs.start("a")
    run.upload("outputs/a.txt", tmp_path / "a.txt")

    run.download("outputs/a.txt", tmp_path / "deep/b.txt")

    assert (tmp_path / "deep/b.txt").read_text() == "content"
    with pytest.raises(AlreadyExistsError):
        run.upload("outputs/a.txt", tmp_path / "a.txt")
    for path in ("../a", "/a", ""):
        with pytest.raises(InvalidInputError):
            run.upload(path, tmp_path / "a.txt")
    with pytest.raises(NotFoundError):
        run.download("outputs/b.txt", tmp_path / "x")


def test_a_file_of_a_run_outlives_a_model_with_the_same_content(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("content")
    run = workspace.runs.start("a")
    run.upload("a.txt", tmp_path / "a.txt")
    workspace.models.register("m", tmp_path / "a.txt").delete()

    run.download("a.txt", tmp_path / "b.txt")

    assert (tmp_path / "b.txt").read_text() == "content"


def test_an_end_is_final(workspace: Workspace) -> None:
    run = workspace.runs.start("a")
    run.finish(RunStatus.FAILED, {"message": "no"})
    run.finish(RunStatus.COMPLETED)

    assert run.status is RunStatus.FAILED
    assert run.row.details["error"] == {"message": "no"}
    assert run.row.ended_at is not None


def test_properties_stay(workspace: Workspace) -> None:
    run = workspace.runs.start("a", properties={"p": "1"})
    run.add_properties({"p": "1", "q": "2"})
    with pytest.raises(InvalidInputError, match="'p' is '1' already"):
        run.add_properties({"p": "2"})
    run.set_tags({"t": "1"})
    run.remove_tags(["t", "u"])
    assert (run.row.properties, run.row.tags) == ({"p": "1", "q": "2"}, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), "nan"),
        ((1, 2.5), [1, 2.5]),
        ({1: np.int64(3)}, {"1": 3}),
        (None, None),
        (True, True),
    ],
)
def test_values_become_json(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="A value of type object cannot be logged"):
        plain(object())


def test_a_script_that_is_not_there_begins_no_run(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no script 'train\.py'"):
        workspace.runs.submit("a", ScriptSpec(tmp_path, "train.py"))
    assert workspace.runs.list() == []


def test_secrets_and_documents_of_a_workspace(workspace: Workspace) -> None:
    workspace.secrets.set({"a": "1", "b": "2"})
    workspace.secrets.remove(["a", "c"])
    assert workspace.secrets.all() == {"b": "2"}

    documents = workspace.documents
    documents.put("kind", "x", {"n": 1})
    documents.put("kind", "x", {"n": 2})
    documents.put("other", "x", {"n": 3})
    found = documents.find("kind", "x")
    assert found is not None
    assert found.content == {"n": 2}
    assert [d.content for d in documents.list("other")] == [{"n": 3}]
    documents.delete("kind", "x")
    documents.delete("kind", "x")
    assert documents.find("kind", "x") is None
