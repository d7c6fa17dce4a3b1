"""MLflow in submitted scripts and in notebooks: it writes to a folder, and there is no server."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import azureml.mlflow
from azureml.core import Environment, Experiment, Model, Run, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies

SCRIPT = """
import mlflow
from azureml.core import Run
mlflow.set_experiment("whatever")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.log_metric("loss", 0.25, step=1)
    mlflow.log_param("alpha", 0.1)
    mlflow.set_tag("kind", "small")
    mlflow.log_text("hello", "notes/a.txt")
    Run.get_context().log("own", 1)
client = mlflow.MlflowClient()
client.create_registered_model("small")
client.create_model_version("small", f"{run.info.artifact_uri}/notes", run.info.run_id)
"""


@pytest.fixture
def environment() -> Environment:
    made = Environment("with-mlflow")
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=["mlflow-skinny"])
    return made


def test_what_mlflow_logs_is_in_the_run_and_what_it_registers_is_a_model(
    workspace: Workspace, folder: Path, environment: Environment
) -> None:
    (folder / "source").mkdir()
    (folder / "source/train.py").write_text(SCRIPT)
    run = Experiment(workspace, "digits").submit(
        ScriptRunConfig("source", "train.py", environment=environment)
    )
    run.wait_for_completion()

    assert run.get_metrics() == {"own": 1, "loss": [0.5, 0.25]}
    assert run.tags == {"alpha": "0.1", "kind": "small"}
    assert "notes/a.txt" in run.get_file_names()
    model = Model(workspace, "small")
    assert (model.version, model.run_id, model.experiment_name) == (1, run.id, "digits")
    assert Path(model.download("down"), "a.txt").read_text() == "hello"
    assert len(Model.list(workspace, "small")) == 1
    assert azureml.mlflow.register_model(run, "again", "notes").version == 1
    assert azureml.mlflow.get_portal_url(run).startswith("file://")

    _log_as_a_notebook_does(workspace, run._brygga, folder)

    (found,) = Experiment(workspace, "my_exp").get_runs()
    assert (found.get_metrics(), found.get_status()) == (
        {"own": 1, "loss": [0.5, 0.25]}, "Completed",
    )  # fmt: skip
    assert Run.get(workspace, found.id).experiment.name == "my_exp"
    assert "my_exp" in workspace.experiments


def _log_as_a_notebook_does(workspace: Workspace, run: Any, folder: Path) -> None:
    """With the packages of the script before, since this interpreter has no MLflow."""
    (python,) = {p for p in (folder.parent / "home/environments").glob("*/bin/python")
                 if [*p.parents[1].rglob("mlflow/version.py")]}  # fmt: skip
    text = (
        "import mlflow\nmlflow.set_experiment('my exp')\nwith mlflow.start_run():\n"
        "    mlflow.log_metric('own', 1)\n    mlflow.log_metric('loss', 0.5)\n"
        "    mlflow.log_metric('loss', 0.25)\n"
    )
    uri = workspace.get_mlflow_tracking_uri()
    subprocess.run(
        [str(python), "-c", text], env={**os.environ, "MLFLOW_TRACKING_URI": uri}, check=True
    )
