"""The automatic choice of an algorithm, as the tutorials of v1 wrote it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from azureml.core import Dataset, Experiment, Model, Workspace
from azureml.core.webservice import LocalWebservice
from azureml.exceptions import UserErrorException
from azureml.train.automl import AutoMLConfig
from azureml.train.automl.run import AutoMLRun


def _taxi(rows: int) -> pd.DataFrame:
    """Rides as the tutorial's: what they cost follows from the way and the time."""
    chance = np.random.default_rng(7)
    pickup = pd.Timestamp("2015-01-01") + pd.to_timedelta(chance.integers(0, 8760, rows), "h")
    distance = chance.gamma(2.0, 1.6, rows)
    late = 0.5 * (pd.DatetimeIndex(pickup).hour >= 20)
    cost = 2.5 + 2.4 * distance + late + chance.normal(0, 0.4, rows)
    return pd.DataFrame(
        {
            "vendorID": chance.choice([1, 2], rows),
            "lpepPickupDatetime": pickup,
            "passengerCount": chance.integers(1, 6, rows),
            "tripDistance": distance,
            "storeAndFwdFlag": chance.choice(["N", "Y"], rows),
            "totalAmount": cost,
        }
    )


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "taxi-experiment")


def test_the_tutorial_on_taxis_runs_through(
    experiment: Experiment, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rides = _taxi(600)
    rides.head(500).to_csv("train.csv", index=False)
    test = rides.tail(100).drop(columns="totalAmount")
    actual = rides.tail(100)["totalAmount"].to_numpy()

    automl_settings: dict[str, Any] = {
        "iteration_timeout_minutes": 10,
        "experiment_timeout_minutes": 0.05,
        "enable_early_stopping": True,
        "primary_metric": "spearman_correlation",
        "featurization": "auto",
        "verbosity": 20,
        "n_cross_validations": 2,
    }
    automl_config = AutoMLConfig(
        task="regression",
        debug_log="automated_ml_errors.log",
        training_data=Dataset.Tabular.from_delimited_files("train.csv"),
        label_column_name="totalAmount",
        **automl_settings,
    )
    local_run = experiment.submit(automl_config, show_output=True)

    assert isinstance(local_run, AutoMLRun)
    assert local_run.get_status() == "Completed"
    assert "spearman_correlation" in capsys.readouterr().out
    best_run, fitted_model = local_run.get_output()
    # So few seconds are enough to be better than the mean; how much depends on what else runs.
    error = np.abs(fitted_model.predict(test) - actual).mean()
    assert error < 0.85 * np.abs(actual - actual.mean()).mean()
    assert best_run.get_metrics()["spearman_correlation"] > 0.6
    assert best_run.parent is not None
    assert best_run.parent.id == local_run.id
    assert {child.type for child in local_run.get_children()} == {"part"}
    assert {name for name, _, _ in local_run.summary()} & {"lgbm", "rf", "sgd", "xgboost"}
    best_run.download_file("outputs/scoring_file_v_1_0_0.py", "score.py")
    best_run.download_file("outputs/conda_env_v_1_0_0.yml", "myenv.yml")
    assert "flaml==" in Path("myenv.yml").read_text()

    model = local_run.register_model("taxi", description="of rides")
    assert (model.run_id, model.model_framework) == (best_run.id, "ScikitLearn")
    service = Model.deploy(
        experiment.workspace,
        "taxi",
        [model],
        deployment_config=LocalWebservice.deploy_configuration(),
    )
    service.wait_for_deployment()
    rows = json.loads(test.head(3).to_json(orient="records", date_format="iso"))
    answer = service.run(json.dumps({"data": rows}))
    assert np.asarray(answer) == pytest.approx(fitted_model.predict(test.head(3)), rel=1e-6)


def test_classes_keep_their_names_and_any_time_is_enough(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.datasets import load_iris

    rows, classes = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[classes]
    config = AutoMLConfig(
        task="classification",
        X=rows,
        y=names,
        primary_metric="AUC_weighted",
        experiment_timeout_hours=1e-7,
        n_cross_validations=3,
    )
    run: Any = Experiment(workspace, "iris").submit(config)
    best, model = run.get_output()
    assert run.get_run_sdk_dependencies(check_versions=False)

    assert set(model.predict(rows)) == set(names)
    assert (model.predict(rows) == names).mean() > 0.9
    assert model.predict_proba(rows[:2]).shape == (2, 3)
    assert best.get_metrics()["AUC_weighted"] > 0.9
    # Where a package of the model is not here, it is asked in its environment.
    from brygga.runs.automl.flaml import ChosenModel

    monkeypatch.setattr(ChosenModel, "loaded", lambda _chosen: None)
    _, asked = run.get_output()
    assert repr(asked).startswith("AskedModel(lgbm, asked where flaml ")
    assert list(asked.predict(rows[:60])) == list(model.predict(rows[:60]))
    assert asked.predict_proba(rows[:2]) == pytest.approx(model.predict_proba(rows[:2]))
    with pytest.raises(UserErrorException, match=r"The model cannot predict: .*Give it the col"):
        asked.predict(rows[:, :2])


def test_one_series_is_forecast(workspace: Workspace) -> None:
    from azureml.automl.core.forecasting_parameters import ForecastingParameters

    days = pd.date_range("2020-01-01", periods=150, freq="D")
    values = 10 + np.sin(np.arange(150) * 2 * np.pi / 7) + np.arange(150) * 0.01
    series = pd.DataFrame({"date": days, "cnt": values})
    config = AutoMLConfig(
        task="forecasting",
        training_data=series.head(140),
        label_column_name="cnt",
        experiment_timeout_hours=0.001,
        allowed_models=["LightGBM"],
        forecasting_parameters=ForecastingParameters("date", forecast_horizon=10),
    )
    run: Any = Experiment(workspace, "bikes").submit(config)
    _, model = run.get_output()

    forecast, table = model.forecast(series.tail(10)[["date"]])
    assert np.abs(forecast - values[140:]).mean() < 1.0
    assert list(table.columns) == ["date", "_automl_target_col"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"task": "clustering"}, "give classification, regression, forecasting"),
        ({"primary_metric": "cost"}, "primary_metric 'cost' is none of regression"),
        ({"experiment_timeout_hours": 0}, "cannot have the bound 0"),
        ({"task": "forecasting", "label_column_name": "y"}, "needs the column of its time"),
        ({"allowed_models": ["Prophet"]}, "None of the models that are allowed"),
        ({"task": "forecasting", "time_column_name": "t", "grain_column_names": ["shop"]}, "One s"),
        ({"spark_context": "sc"}, "There is no Spark"),
    ],
)
def test_what_cannot_be_chosen_for_is_told_at_once(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserErrorException, match=sentence):
        AutoMLConfig(**{"task": "regression", **given})


def test_rows_that_do_not_fit_are_told_before_anything_runs(experiment: Experiment) -> None:
    frame = pd.DataFrame({"way": [1], "price": [2]})
    without = AutoMLConfig("regression", training_data=frame, label_column_name="cost")
    with pytest.raises(UserErrorException, match="no column 'cost': it has way, price"):
        experiment.submit(without)
    uneven = AutoMLConfig("regression", X=[[1], [2]], y=[1])
    with pytest.raises(UserErrorException, match="for each of the 2 rows of X; it has 1 rows"):
        experiment.submit(uneven)
    assert [*experiment.get_runs()] == []
