"""Part one of the tutorial without remote compute: experiments, runs, scripts on this machine."""

import gzip
import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from azureml.core import (
    Dataset,
    Datastore,
    Environment,
    Experiment,
    Model,
    Run,
    ScriptRunConfig,
    Workspace,
)
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import (
    ActivityFailedException,
    ModelPathNotFoundException,
    RunEnvironmentException,
    UserErrorException,
)
from azureml.monitoring import ModelDataCollector
from azureml.opendatasets import MNIST

TRAIN = """
import argparse, os, sys
from pathlib import Path
from azureml.core import Run
import helper
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
rate = parser.parse_args().rate
run = Run.get_context(allow_offline=False)
print("training with", rate, "in", run.id)
for step in range(3):
    run.log("loss", 1 / (step + 1))
run.log_list("history", [1, 2])
run.tag("kind", helper.KIND)
Path("note.txt").write_text("kept by hand")
run.upload_file("notes/note.txt", "note.txt")
os.makedirs("outputs", exist_ok=True)
Path("outputs/model.txt").write_text(str(rate))
if rate < 0:
    sys.exit(3)
"""


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "digits")


def test_a_run_logs_keeps_files_and_registers_a_model(
    experiment: Experiment, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = experiment.workspace
    (folder / "out/deep").mkdir(parents=True)
    (folder / "out/model.pkl").write_bytes(b"model")
    (folder / "out/deep/more.txt").write_text("more")

    run = experiment.start_logging(display_name="first try")
    run.log("alpha", 0.1)
    run.log("loss", 2)
    run.log("loss", 1, step=2)
    run.log_list("list", [1, 2])
    run.log_row("row", x=1, y=2)
    run.log_row("row", x=3, y=4)
    run.log_table("table", {"a": [1, 2]})
    run.upload_file("outputs/model.pkl", "out/model.pkl")
    run.upload_folder("folder", "out")
    run.tag("k", "v")
    run.add_properties({"p": "1"})
    with pytest.raises(UserErrorException):
        run.log("bad", [1, 2])
    model = run.register_model("digits", model_path="outputs/model.pkl", tags={"from": "run"})
    whole = run.register_model("all-of-it", model_path="folder")
    run.complete()

    assert run.get_metrics() == {
        "alpha": 0.1, "loss": [2, 1], "list": [1, 2], "row": {"x": [1, 3], "y": [2, 4]},
        "table": {"a": [1, 2]},
    }  # fmt: skip
    assert run.get_metrics("alpha") == {"alpha": 0.1}
    assert run.get_file_names() == ["folder/deep/more.txt", "folder/model.pkl", "outputs/model.pkl"]
    assert (run.get_status(), run.number, run.display_name) == ("Completed", 1, "first try")
    assert (model.run_id, model.experiment_name) == (run.id, "digits")
    assert model.run is not None
    assert model.run.id == run.id
    assert model.properties == {}
    assert [m.name for m in Model.list(workspace, run_id=run.id)] == ["all-of-it", "digits"]
    assert Path(whole.download("down")).is_dir()
    with pytest.raises(ModelPathNotFoundException, match="outputs/other"):
        run.register_model("x", "outputs/other")
    run.download_file("outputs/model.pkl", "copy.pkl")
    assert Path("copy.pkl").read_bytes() == b"model"
    assert [each.id for each in experiment.get_runs(tags={"k": "v"})] == [run.id]
    assert [*experiment.get_runs(tags="other")] == []
    assert workspace.get_run(run.id).properties == {"p": "1"}
    assert list(workspace.experiments) == ["digits"]
    again = experiment.start_logging()
    again.fail("no more memory", error_code="Memory")
    assert again.get_details()["error"] == {
        "error": {"code": "Memory", "message": "no more memory"}
    }
    assert again.number == 2


def test_parts_of_a_run_and_its_use_as_a_context(experiment: Experiment) -> None:
    with experiment.start_logging() as run:
        with run.child_run("part") as part:
            part.log("x", 1)
        assert [child.id for child in run.get_children()] == [part.id]
        assert run.get_metrics(recursive=True) == {part.id: {"x": 1}}
    assert (run.get_status(), part.get_status()) == ("Completed", "Completed")
    assert part.parent is not None
    assert part.parent.id == run.id
    with pytest.raises(ZeroDivisionError), experiment.start_logging() as failing:
        _ = 1 / 0
    assert failing.get_status() == "Failed"


def test_runs_are_found_by_the_status_that_they_show(experiment: Experiment) -> None:
    going_on, cut_off = experiment.start_logging(), experiment.start_logging()
    cut_off._brygga.code.mkdir(parents=True)
    with cut_off._brygga.lock:
        pass  # whoever saw to its script is gone

    assert cut_off.get_status() == "Failed"
    found = {
        status: [each.id for each in Run.list(experiment, status=status)]
        for status in ("Running", "Failed")
    }
    assert found == {"Running": [going_on.id], "Failed": [cut_off.id]}


def test_outside_of_a_run_what_is_logged_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.get_context()

    run.log("accuracy", 0.9)

    assert "Attempted to log scalar metric accuracy:\n0.9" in capsys.readouterr().out
    assert run.id.startswith("OfflineRun_")
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)


def _submit(experiment: Experiment, folder: Path, rate: float) -> Any:
    source = folder / "train"
    source.mkdir()
    (source / "train.py").write_text(TRAIN)
    (source / "helper.py").write_text("KIND = 'from a module'\n")
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults"]
    )
    config = ScriptRunConfig(
        str(source), "train.py", arguments=["--rate", rate], environment=environment,
        compute_target="local",
    )  # fmt: skip
    return experiment.submit(config, tags={"given": "1"})


def test_a_script_runs_on_this_machine(
    experiment: Experiment, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _submit(experiment, folder, 0.5)

    details = run.wait_for_completion(show_output=True)

    assert details["status"] == "Completed"
    assert f"training with 0.5 in {run.id}" in capsys.readouterr().out
    assert run.get_metrics() == {"loss": [1, 0.5, 1 / 3], "history": [1, 2]}
    assert run.tags == {"given": "1", "kind": "from a module"}
    assert {"notes/note.txt", "outputs/model.txt", "user_logs/std_log.txt"} == set(
        run.get_file_names()
    )
    assert "training with" in run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]
    model = run.register_model("trained", model_path="outputs/model.txt")
    assert Path(model.download()).read_text() == "0.5"


def test_a_script_that_fails_fails_its_run(experiment: Experiment, folder: Path) -> None:
    run = _submit(experiment, folder, -1)

    with pytest.raises(ActivityFailedException, match="exit code 3"):
        run.wait_for_completion()

    assert run.get_status() == "Failed"
    assert run.get_metrics("history") == {"history": [1, 2]}
    assert "outputs/model.txt" in run.get_file_names()


def test_a_script_is_cancelled(experiment: Experiment, folder: Path) -> None:
    (folder / "slow").mkdir()
    (folder / "slow/train.py").write_text(
        "import time\nfrom azureml.core import Run\n"
        "Run.get_context().log('begun', 1)\ntime.sleep(600)\n"
    )
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[])
    run = experiment.submit(ScriptRunConfig("slow", "train.py", environment=environment))
    for _ in range(600):
        if run.get_metrics():
            break
        time.sleep(0.1)

    run.cancel()

    assert run.get_status() == "Canceled"
    assert run.wait_for_completion()["status"] == "Canceled"
    assert run.get_metrics() == {"begun": 1}


def test_secrets_data_and_collected_rows(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = workspace.get_default_keyvault()
    vault.set_secret("password", "hush")
    assert workspace.get_default_keyvault().get_secrets(["password", "x"]) == {
        "password": "hush",
        "x": None,
    }
    vault.delete_secret("password")
    assert vault.list_secrets() == []

    (folder / "rows").mkdir()
    (folder / "rows/a.csv").write_text("x\n1\n")
    datastore = workspace.get_default_datastore()
    datastore.upload("rows", "in", show_progress=False)
    files = Dataset.File.from_files(datastore.path("in")).register(workspace, "files")
    assert [Path(p).name for p in Dataset.get_by_name(workspace, "files").download("out")] == [
        "a.csv"
    ]
    assert Dataset.get_by_id(workspace, str(files.id)).name == "files"
    (folder / "rows/deep").mkdir()
    (folder / "rows/deep/b.csv").write_text("x\n2\n")
    datastore.upload("rows", "in", overwrite=True, show_progress=False)
    whole = Dataset.File.from_files((datastore, "in/**"))
    assert sorted(whole.to_path()) == ["/a.csv", "/deep/b.csv"]
    with pytest.raises(UserErrorException, match=r"There is no file that .* fits"):
        Dataset.File.from_files((datastore, "in/*.parquet"))
    with pytest.raises(UserErrorException, match="already a dataset registered"):
        Dataset.File.from_files("rows").register(workspace, "files")
    with pytest.raises(UserErrorException, match="copy it into the workspace's own datastore"):
        Datastore.register_azure_blob_container(workspace, "d", "c", "a")

    monkeypatch.setenv("AZUREML_MODEL_DATA_DIR", str(folder / "collected"))
    collector = ModelDataCollector("m", designation="inputs", feature_names=["a", "b"])
    collector.collect([[1, 2], [3, 4]])
    (collected,) = (folder / "collected").rglob("*.csv")
    assert collected.relative_to(folder / "collected").parts[:3] == ("m", "default", "inputs")
    assert len(collected.read_text().splitlines()) == 3


def test_mnist_comes_from_a_mirror(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = folder / "mirror/mnist"
    mirror.mkdir(parents=True)
    for name in ("train-images", "train-labels", "test-images", "test-labels"):
        with gzip.open(mirror / f"{name}.gz", "wb") as file:
            file.write(struct.pack(">II", 2049, 0))
    with pytest.raises(UserErrorException, match="BRYGGA_OPENDATASETS"):
        MNIST.get_file_dataset()
    monkeypatch.setenv("BRYGGA_OPENDATASETS", str(folder / "mirror"))

    written = MNIST.get_file_dataset().download("data", overwrite=True)

    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    assert {Path(each).name for each in written} == {f"{name}-ubyte.gz" for name in names}
    assert json.dumps(written)
