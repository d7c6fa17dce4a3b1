"""What MLflow writes into a folder, read without MLflow."""

from pathlib import Path

import pytest

from brygga.runs.mlflow_store import MlflowStore, take_in
from brygga.settings import Settings
from brygga.workspace import Workspace

RUN, OTHER = "9a" * 16, "d" * 32


def write(folder: Path, files: dict[str, str]) -> MlflowStore:
    for place, text in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    return MlflowStore(folder)


@pytest.fixture
def store(tmp_path: Path) -> MlflowStore:
    """As MLflow 3.17 wrote it."""
    folder = tmp_path / "mlruns"
    return write(folder, {
        "12/meta.yaml": "experiment_id: '12'\nname: my exp\nlifecycle_stage: active\n",
        f"12/{RUN}/meta.yaml": f"run_id: {RUN}\nrun_name: first\nstatus: 3\nstart_time: 2\n"
        "lifecycle_stage: active\n",
        f"12/{RUN}/metrics/loss": "1795905911002 0.5 0\n1795905911018 0.25 1\n",
        f"12/{RUN}/metrics/val/acc": "1795905911010 1.0 0 data digest\n",
        f"12/{RUN}/params/alpha": "0.1",
        f"12/{RUN}/tags/kind": "small",
        f"12/{RUN}/tags/mlflow.user": "me",
        f"12/{RUN}/artifacts/notes/a.txt": "hello",
        f"12/{OTHER}/meta.yaml": f"run_id: {OTHER}\nstatus: 1\nstart_time: 3\n",
        f"12/{OTHER}/tags/mlflow.parentRunId": RUN,
        "12/models/m-1/meta.yaml": f"name: model\nsource_run_id: {RUN}\n",
        "12/models/m-1/artifacts/MLmodel": "flavors: {}\n",
        "12/half/meta.yaml": "run_id: [\n",
        "models/digits/version-1/meta.yaml": f"name: digits\nversion: 1\nrun_id: {RUN}\n"
        f"source: models:/m-1\nstorage_location: file://{folder}/12/models/m-1/artifacts\n",
        "models/digits/version-2/meta.yaml": "name: digits\nversion: 2\nsource: s3://far/away\n",
    })  # fmt: skip


def test_runs_are_read_in_their_order(store: MlflowStore) -> None:
    first, part = store.runs()

    assert (first.id, first.experiment, first.name, first.status) == (
        RUN, "my exp", "first", "Completed",
    )  # fmt: skip
    assert [(m.name, m.value, m.step) for m in first.metrics] == [
        ("loss", 0.5, 0), ("val/acc", 1.0, 0), ("loss", 0.25, 1),
    ]  # fmt: skip
    assert first.tags == {"alpha": "0.1", "kind": "small"}
    assert sorted(first.files) == ["model/MLmodel", "notes/a.txt"]
    assert (part.parent, part.status) == (RUN, None)
    assert [run.id for run in store.runs(lambda run: run == RUN)] == [OTHER]


def test_registered_models_whose_files_are_here(store: MlflowStore) -> None:
    (version,) = store.versions()
    assert (version.model, version.version, version.run) == ("digits", 1, RUN)
    assert (version.place / "MLmodel").is_file()


def test_a_run_takes_in_only_what_is_new(store: MlflowStore, tmp_path: Path) -> None:
    workspace = Workspace.create("tests", settings=Settings(home=tmp_path / "home"))
    run = workspace.runs.start("first")
    take_in(run, store.runs()[0])
    write(store.folder, {f"12/{RUN}/metrics/loss": "1 0.5 0\n2 0.25 1\n3 0.1 2\n"})
    take_in(run, store.runs()[0])

    assert [m.value for m in run.metrics() if m.name == "loss"] == [0.5, 0.25, 0.1]
    assert run.row.tags == {"alpha": "0.1", "kind": "small"}
    assert [file.path for file in run.files()] == ["model/MLmodel", "notes/a.txt"]


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert MlflowStore(tmp_path / "none").runs() == []
    assert MlflowStore(tmp_path / "none").versions() == []
