"""Pipelines of scripts, as notebooks wrote them."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from azureml.core import Environment, Experiment, Workspace
from azureml.core.runconfig import RunConfiguration
from azureml.data import OutputFileDatasetConfig
from azureml.exceptions import ActivityFailedException, UserErrorException
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, StepSequence
from azureml.pipeline.steps import EstimatorStep, PythonScriptStep
from azureml.train.estimator import Estimator

PREPARE = """
import os, sys
from azureml.core import Run
os.makedirs(sys.argv[2], exist_ok=True)
open(os.path.join(sys.argv[2], "rows.txt"), "w").write("1\\n" * int(sys.argv[4]))
Run.get_context().parent.log("prepared", int(sys.argv[4]))
"""
TRAIN = """
import os, sys
from azureml.core import Run
rows = open(os.path.join(sys.argv[1], "rows.txt")).readlines()
print("training with", len(rows))
Run.get_context().log("rows", len(rows))
open("outputs/model.txt", "w").write(str(len(rows)))
open(os.path.join(sys.argv[2], "report.txt"), "w").write("good")
if not rows:
    raise ValueError("no rows")
"""


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "pipelines")


@pytest.fixture
def configuration() -> RunConfiguration:
    """The caller's packages, so that nothing is locked for what no test looks at."""
    made = RunConfiguration()
    made.environment = Environment("mine")
    made.environment.python.user_managed_dependencies = True
    return made


def two_steps(
    workspace: Workspace, folder: Path, configuration: RunConfiguration
) -> tuple[PythonScriptStep, PythonScriptStep]:
    for name, text in (("prepare", PREPARE), ("train", TRAIN)):
        (folder / name).mkdir()
        (folder / name / "script.py").write_text(text)
    rows = PipelineData("rows", datastore=workspace.get_default_datastore())
    report = OutputFileDatasetConfig(
        "report", destination=(workspace.get_default_datastore(), "reports")
    )
    count = PipelineParameter(name="count", default_value=3)
    prepare = PythonScriptStep(
        "script.py", name="prepare", arguments=["--out", rows, "--count", count],
        outputs=[rows], compute_target="cpu-cluster", runconfig=configuration,
        source_directory="prepare", allow_reuse=True,
    )  # fmt: skip
    train = PythonScriptStep(
        "script.py", name="train", arguments=[rows, report], inputs=[rows],
        runconfig=configuration, source_directory="train",
    )  # fmt: skip
    return prepare, train


def test_steps_run_in_the_order_of_their_data_and_pass_it_on(
    experiment: Experiment,
    folder: Path,
    configuration: RunConfiguration,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace = experiment.workspace
    prepare, train = two_steps(workspace, folder, configuration)
    pipeline = Pipeline(workspace=workspace, steps=[train, prepare])
    assert pipeline.validate() == []

    run: Any = experiment.submit(pipeline, pipeline_parameters={"count": 2}, tags={"k": "v"})
    assert run.wait_for_completion(show_output=True) == "Completed"

    told = capsys.readouterr().out
    assert told.index("Step prepare") < told.index("Step train") < told.index("training with 2")
    assert [step.name for step in run.get_steps()] == ["prepare", "train"]
    (step,) = run.find_step_run("train")
    assert (step.get_metrics(), step.pipeline_run_id, step.get_status()) == (
        {"rows": 2}, run.id, "Completed",
    )  # fmt: skip
    assert "training with 2" in step.get_stdout_log()
    assert (run.tags, run.get_metrics()) == ({"k": "v"}, {"prepared": 2})
    assert step.register_model("m", "outputs/model.txt").version == 1
    (first,) = run.find_step_run("prepare")
    place = first.get_output_data("rows")
    assert place.download("down") == 1
    assert (folder / "down" / place.path_on_datastore / "rows.txt").read_text() == "1\n1\n"
    assert (workspace.get_default_datastore()._folder / "reports/report.txt").is_file()
    with pytest.raises(UserErrorException, match="has no output other"):
        first.get_output("other")


def test_the_step_that_fails_is_named_and_those_that_wait_for_it_do_not_run(
    experiment: Experiment, folder: Path, configuration: RunConfiguration
) -> None:
    steps = two_steps(experiment.workspace, folder, configuration)
    (folder / "prepare/script.py").write_text("raise ValueError('no source')\n")

    run: Any = experiment.submit(Pipeline(experiment.workspace, steps=StepSequence(steps)))

    with pytest.raises(ActivityFailedException, match=r"step prepare failed.*no source"):
        run.wait_for_completion(show_output=False)
    assert [step.name for step in run.get_steps()] == ["prepare"]


def test_what_cannot_be_a_pipeline_is_refused(
    experiment: Experiment, folder: Path, configuration: RunConfiguration
) -> None:
    prepare, train = two_steps(experiment.workspace, folder, configuration)
    older = importlib.import_module("azureml.pipeline.core.graph")
    assert older.PipelineParameter is PipelineParameter
    with pytest.raises(UserErrorException, match=r"no pipeline parameter other.*: count"):
        experiment.submit(
            Pipeline(experiment.workspace, steps=[train]), pipeline_parameters={"other": 1}
        )
    with pytest.raises(UserErrorException, match="A str is no step"):
        Pipeline(experiment.workspace, steps=["train.py"])
    prepare.run_after(train)
    with pytest.raises(UserErrorException, match="waits for itself"):
        Pipeline(experiment.workspace, steps=[train])


def test_an_estimator_is_a_step_with_arguments_of_its_own(
    experiment: Experiment, folder: Path
) -> None:
    (folder / "train").mkdir()
    (folder / "train/script.py").write_text("import sys\nprint('given', sys.argv[1:])\n")
    estimator = Estimator("train", entry_script="script.py", user_managed=True)
    step = EstimatorStep(
        name="train", estimator=estimator, estimator_entry_script_arguments=["--x", 1]
    )

    run: Any = Pipeline(experiment.workspace, steps=step).submit(experiment.name)
    run.wait_for_completion(show_output=False)

    (trained,) = run.get_steps()
    assert "given ['--x', '1']" in trained.get_job_log()
    with pytest.raises(UserErrorException, match="takes an estimator"):
        EstimatorStep(name="none")
