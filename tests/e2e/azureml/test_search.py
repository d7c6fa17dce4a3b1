"""Hyperparameter search as notebooks of v1 wrote it, on this machine."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Environment, Experiment, Run, ScriptRunConfig, Workspace
from azureml.exceptions import ActivityFailedException, UserErrorException
from azureml.train.estimator import Estimator
from azureml.train.hyperdrive import (
    BanditPolicy,
    BayesianParameterSampling,
    GridParameterSampling,
    HyperDriveConfig,
    HyperDriveRun,
    HyperDriveRunConfig,
    PrimaryMetricGoal,
    RandomParameterSampling,
    choice,
    loguniform,
    normal,
    uniform,
)

TRAIN = """
import argparse, os, time
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--data", default="none")
parser.add_argument("--rate", type=float)
parser.add_argument("--kernel", default="linear")
given = parser.parse_args()
run = Run.get_context()
for step in range(3):
    run.log("accuracy", 1 - abs(given.rate - 0.5) - 0.01 * (2 - step))
run.log("kernel", given.kernel)
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.txt", "w") as file:
    file.write(f"{given.kernel} {given.rate} {given.data}")
while given.kernel == "endless" and given.rate < 0.4:
    run.log("accuracy", 0.3)
    time.sleep(0.2)
"""


@pytest.fixture
def experiment(workspace: Workspace, folder: Path) -> Experiment:
    (folder / "script").mkdir()
    (folder / "script/train.py").write_text(TRAIN)
    return Experiment(workspace, "tuning")


def _script() -> ScriptRunConfig:
    environment = Environment("here")
    environment.python.user_managed_dependencies = True
    return ScriptRunConfig(
        "script", "train.py", arguments=["--data", "mnist"], environment=environment
    )


def test_a_search_finds_the_best_run_and_registers_its_model(experiment: Experiment) -> None:
    sampling = GridParameterSampling(
        {"--rate": choice(0.1, 0.4, 0.9), "--kernel": choice("linear", "rbf")}
    )
    config = HyperDriveConfig(
        run_config=_script(),
        hyperparameter_sampling=sampling,
        policy=None,
        primary_metric_name="accuracy",
        primary_metric_goal=PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=20,
        max_concurrent_runs=4,
    )
    run = experiment.submit(config=config, tags={"kind": "search"})
    assert isinstance(run, HyperDriveRun)
    details = run.wait_for_completion(show_output=True)

    assert (run.type, details["status"]) == ("hyperdrive", "Completed")
    best = run.get_best_run_by_primary_metric()
    assert best is not None
    assert max(best.get_metrics()["accuracy"]) == pytest.approx(0.9)
    assert best.get_details()["runDefinition"]["arguments"] == [
        "--data", "mnist", "--rate", "0.4", "--kernel", best.get_metrics()["kernel"],
    ]  # fmt: skip
    assert best.parent is not None
    assert best.parent.id == run.id
    model = best.register_model("tuned", model_path="outputs/model.txt")
    assert model.run_id == best.id

    children = run.get_children_sorted_by_primary_metric()
    assert len(children) == 6
    assert children[0]["best_primary_metric"] == pytest.approx(0.9)
    assert children[0].keys() == {"run_id", "hyperparameters", "best_primary_metric", "status"}
    assert children[-1]["best_primary_metric"] == pytest.approx(0.6)
    (worst,) = run.get_children_sorted_by_primary_metric(top=1, reverse=True)
    assert worst["best_primary_metric"] == pytest.approx(0.6)
    assert run.get_hyperparameters()[best.id] == children[0]["hyperparameters"]
    assert run.get_metrics()[best.id] == best.get_metrics()
    assert {child.id for child in run.get_children()} == set(run.get_hyperparameters())

    (listed,) = experiment.get_runs(tags={"kind": "search"})
    assert isinstance(listed, HyperDriveRun)
    assert isinstance(experiment.workspace.get_run(run.id), HyperDriveRun)
    again = HyperDriveRun(experiment, run.id).get_best_run_by_primary_metric()
    assert again is not None
    assert again.id == best.id


def test_a_policy_ends_a_run_of_an_estimator(experiment: Experiment) -> None:
    estimator = Estimator(
        source_directory="script",
        entry_script="train.py",
        script_params={"--data": "mnist"},
        user_managed=True,
    )
    config = HyperDriveRunConfig(
        estimator=estimator,
        hyperparameter_sampling=GridParameterSampling(
            {"rate": choice(0.5, 0.1), "kernel": choice("endless")}
        ),
        policy=BanditPolicy(slack_factor=0.1, evaluation_interval=3),
        primary_metric_name="accuracy",
        primary_metric_goal=PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=2,
        max_concurrent_runs=2,
    )
    run = experiment.submit(config)
    assert isinstance(run, HyperDriveRun)
    run.wait_for_completion()

    log = run.get_diagnostics()["log"]
    assert f"Ending {run.id}_1\n" in log
    best, ended = run.get_children_sorted_by_primary_metric()
    assert (best["run_id"], best["status"]) == (f"{run.id}_0", "Completed")
    assert (ended["run_id"], ended["status"]) == (f"{run.id}_1", "Canceled")


def test_a_search_that_is_cancelled_ends_its_runs(experiment: Experiment) -> None:
    sampling = RandomParameterSampling({"rate": uniform(0, 0.3), "kernel": choice("endless")})
    run = experiment.submit(_config(sampling))
    assert isinstance(run, HyperDriveRun)
    while not run.get_children_sorted_by_primary_metric(discard_no_metric=True):
        assert run.get_status() == "Running"

    assert run.cancel()
    assert not run.cancel()
    assert run.get_status() == "Canceled"
    assert {child.get_status() for child in run.get_children()} == {"Canceled"}


def _config(sampling: Any, **other: Any) -> HyperDriveConfig:
    given = {
        "hyperparameter_sampling": sampling,
        "run_config": _script(),
        "primary_metric_name": "accuracy",
        "primary_metric_goal": PrimaryMetricGoal.MAXIMIZE,
        "max_total_runs": 4,
        **other,
    }
    return HyperDriveConfig(**given)


def test_a_search_for_what_no_script_logs_says_so(experiment: Experiment) -> None:
    sampling = RandomParameterSampling({"rate": uniform(0, 1)})
    run = experiment.submit(_config(sampling, primary_metric_name="auc", max_total_runs=1))

    with pytest.raises(ActivityFailedException, match="No run logged the metric 'auc'"):
        run.wait_for_completion()
    assert Run.get(experiment.workspace, run.id).get_status() == "Failed"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GridParameterSampling({"a": uniform(0, 1)}), "a grid tries each"),
        (lambda: BayesianParameterSampling({"a": normal(0, 1)}), "neither a choice nor uniform"),
        (lambda: RandomParameterSampling({"a": 3}), "'a' is 3, which says no values"),
        (lambda: RandomParameterSampling({"a": loguniform(0, -1)}), "no number between 0"),
        (lambda: RandomParameterSampling({}), "no parameter to search"),
        (BanditPolicy, "needs one slack"),
        (lambda: _config({"a": choice(1)}), "A dict gives no parameters"),
        (lambda: _config(RandomParameterSampling({"a": choice(1)}), run_config=None), "Give what"),
        (
            lambda: _config(RandomParameterSampling({"a": choice(1)}), max_total_runs=0),
            "cannot have 0 runs",
        ),
        (
            lambda: _config(RandomParameterSampling({"a": choice(1)}), resume_from="x"),
            "A search begins anew",
        ),
        (
            lambda: _config(RandomParameterSampling({"a": choice(1)}), primary_metric_goal="most"),
            "no goal of a metric",
        ),
    ],
)
def test_what_cannot_be_searched_is_told_at_once(make: Any, sentence: str) -> None:
    with pytest.raises(UserErrorException, match=sentence):
        make()
