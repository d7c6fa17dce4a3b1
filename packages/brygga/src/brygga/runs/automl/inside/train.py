"""Lets FLAML choose an algorithm for a table; what to do is in settings.json beside it."""

from __future__ import annotations

import json
import logging
import pickle
import shutil
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import journal
import numpy as np
import pandas as pd
import table
from features import made_for
from flaml import AutoML
from metrics import of_classification, of_regression
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, Normalizer

LOG = Path("trials.jsonl")
PACKAGES = ("flaml", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy", "xgboost-cpu")


def main() -> None:
    """Searches, and leaves the best model in outputs/."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)  # what FLAML says to those who call it
    settings = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    data = table.read(Path("data"))
    search = OfTime(settings) if settings["task"] == "forecasting" else OfRows(settings)
    model, best, trials = search.found(data)
    Path("outputs").mkdir(exist_ok=True)
    with Path("outputs/model.pkl").open("wb") as file:
        pickle.dump(model, file, protocol=4)
    about = {
        "task": settings["task"],
        "label": settings["label"],
        "columns": [name for name in data if name not in (settings["label"], settings["weight"])],
        "algorithm": best,
        "packages": {name: version(name) for name in PACKAGES},
        "python": sys.executable,
    }
    Path("outputs/model.json").write_text(json.dumps(about, indent=2), encoding="utf-8")
    shutil.copyfile("score.py", "outputs/scoring_file_v_1_0_0.py")
    pins = "".join(f"  - {name}=={version(name)}\n" for name in PACKAGES)
    conda = f"name: automl\ndependencies:\n- python={python_version()}\n- pip:\n{pins}"
    Path("outputs/conda_env_v_1_0_0.yml").write_text(conda, encoding="utf-8")
    if trials.best is not None:
        kept = (Path("outputs", name) for name in settings["files"])
        files = {str(file): str(file.absolute()) for file in kept}
        journal.say("part", id=trials.best[1], files=files)
        journal.say("properties", best_child=trials.best[1])


class OfRows:
    """Classification and regression, of columns that were made numbers."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._is_classes = settings["task"] == "classification"
        self._metric, self._less = settings["metric"], settings["less_is_better"]

    def found(self, data: pd.DataFrame) -> tuple[Any, str, journal.Trials]:
        """The model, the name of its algorithm, and what was tried."""
        labels, weights = data.pop(self._settings["label"]), self._settings["weight"]
        given: dict[str, Any] = {}
        if weights:
            given["sample_weight"] = data.pop(weights).to_numpy()
        kept = labels.notna().to_numpy()
        data, labels = data[kept], labels[kept]
        self._encoder = LabelEncoder().fit(_as_one_kind(labels)) if self._is_classes else None
        features = made_for(data)
        x, y = features.fit_transform(data), self._numbers(labels)
        if "sample_weight" in given:
            given["sample_weight"] = given["sample_weight"][kept]
        if Path("validation").exists():
            held = table.read(Path("validation"))
            given["y_val"] = self._numbers(held.pop(self._settings["label"]))
            given["X_val"] = features.transform(held[list(data)])
        self._spread = float(np.ptp(y)) or 1.0
        automl, trials = fitted(
            self._settings,
            {"X_train": x, "y_train": y, "metric": self._measure, **given},
            self._metric,
            less_is_better=self._less,
        )
        steps = [("features", features)]
        if automl.best_estimator == "sgd":
            steps.append(("normalize", Normalizer()))  # as FLAML does within
        return Pipeline([*steps, ("model", self._final(automl))]), automl.best_estimator, trials

    def _numbers(self, labels: pd.Series) -> np.ndarray:
        if self._encoder is None:
            return np.asarray(labels, dtype="float64")
        return np.asarray(self._encoder.transform(_as_one_kind(labels)))

    def _final(self, automl: AutoML) -> Any:
        """The estimator itself; around it one that gives the classes their own names."""
        estimator = automl.model.estimator
        if self._encoder is None or _are_counted(self._encoder.classes_):
            return estimator
        voting = "soft" if hasattr(estimator, "predict_proba") else "hard"
        named = VotingClassifier([(automl.best_estimator, estimator)], voting=voting)
        named.estimators_, named.le_ = [estimator], self._encoder
        named.classes_ = self._encoder.classes_
        return named

    def _measure(
        self, x: Any, y: Any, estimator: Any, labels: Any, *_others: Any, **_more: Any
    ) -> tuple[float, dict[str, float]]:
        """FLAML's form of a metric: what is made small, and what is written down."""
        found = estimator.predict(x)
        if not self._is_classes:
            measured = of_regression(np.asarray(y), np.asarray(found), self._spread)
        else:
            try:
                shares = estimator.predict_proba(x)
            except AttributeError:  # some give no probabilities
                shares = None
            classes = np.arange(len(self._encoder.classes_)) if self._encoder else labels
            measured = of_classification(np.asarray(y), np.asarray(found), shares, classes)
        if self._metric not in measured:
            return 1e9, measured
        value = measured[self._metric]
        return (value if self._less else 1 - value), measured


class OfTime:
    """One series, by FLAML's own features of time and of what was before."""

    _METRICS = {  # noqa: RUF012 - v1's names and FLAML's
        "mean_absolute_error": "mae",
        "normalized_mean_absolute_error": "mae",
        "r2_score": "r2",
        "mean_absolute_percentage_error": "mape",
    }

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def found(self, data: pd.DataFrame) -> tuple[Any, str, journal.Trials]:
        """The model, the name of its algorithm, and what was tried."""
        label, time = self._settings["label"], self._settings["time"]
        data = data[[time, *(name for name in data if name not in (time, label)), label]]
        data[time] = pd.to_datetime(data[time])
        data = data.sort_values(time, ignore_index=True)
        metric = self._METRICS.get(self._settings["metric"], "rmse")
        automl, trials = fitted(
            {"learners": ["lgbm", "rf", "extra_tree", "xgboost"], **self._settings},
            {"dataframe": data, "label": label, "period": self._settings["horizon"],
             "eval_method": "holdout", "metric": metric},
            {"rmse": "root_mean_squared_error", "mae": "mean_absolute_error", "r2": "r2_score",
             "mape": "mean_absolute_percentage_error"}[metric],
            less_is_better=metric != "r2",
        )  # fmt: skip
        return automl, automl.best_estimator, trials


def fitted(
    settings: dict[str, Any], given: dict[str, Any], metric: str, *, less_is_better: bool
) -> tuple[AutoML, journal.Trials]:
    """FLAML, after its time is over; however short that was, there is a model."""
    common = {
        **given,
        "task": "ts_forecast" if settings["task"] == "forecasting" else settings["task"],
        "verbose": 0,
        "log_file_name": str(LOG),
        "log_type": "all",
        "n_jobs": settings["jobs"],
        "seed": 1,
        "estimator_list": settings.get("learners") or "auto",
        **settings["validation"],
    }
    if settings["trial_seconds"]:
        common["train_time_limit"] = settings["trial_seconds"]
    trials = journal.Trials(LOG, metric, less_is_better=less_is_better)
    trials.start()
    automl = AutoML()
    automl.fit(
        **common,
        time_budget=settings["seconds"] or -1,
        max_iter=max(settings["iterations"], 2) if settings["iterations"] else None,
        early_stop=settings["early_stop"],
    )
    if automl.model is None:
        automl = AutoML()
        LOG.unlink(missing_ok=True)
        automl.fit(**common, max_iter=2)
    trials.end()
    return automl, trials


def _as_one_kind(labels: pd.Series) -> np.ndarray:
    """Labels of one kind: where there are texts among them, all as texts."""
    values = np.asarray(labels)
    return values.astype(str) if values.dtype == object else values


def _are_counted(classes: np.ndarray) -> bool:
    return classes.dtype.kind in "iu" and list(classes) == list(range(len(classes)))


if __name__ == "__main__":
    main()
