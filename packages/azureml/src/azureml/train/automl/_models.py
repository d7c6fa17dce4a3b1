"""v1's names of algorithms and metrics, and FLAML's."""

from __future__ import annotations

from collections.abc import Iterable

from azureml._support.gate import say
from azureml.exceptions import UserErrorException

METRICS = {
    "classification": (
        "accuracy", "AUC_weighted", "norm_macro_recall", "average_precision_score_weighted",
        "precision_score_weighted",
    ),
    "regression": (
        "spearman_correlation", "normalized_root_mean_squared_error", "r2_score",
        "normalized_mean_absolute_error",
    ),
    "forecasting": (
        "normalized_root_mean_squared_error", "r2_score", "normalized_mean_absolute_error",
        "mean_absolute_percentage_error",
    ),
}  # fmt: skip
"""By task, those that a search may be for; the first is what v1 takes by itself."""

_LEARNERS = {
    "lightgbm": ("lgbm",),
    "xgboost": ("xgboost", "xgb_limitdepth"),
    "randomforest": ("rf",),
    "extremerandomtrees": ("extra_tree",),
    "sgd": ("sgd",),
    "logisticregression": ("lrl1",),
    "knn": ("kneighbor",),
    "linearsvm": ("svc",),
    "elasticnet": ("enet",),
    "lassolars": ("lassolars",),
}
_OF_ITSELF = ("lgbm", "rf", "xgboost", "extra_tree", "xgb_limitdepth", "sgd", "lrl1")
_OF_CLASSES, _OF_NUMBERS = {"lrl1", "svc"}, {"enet", "lassolars"}


def check_metric(task: str, metric: str | None) -> str:
    """The metric of a search.

    Raises:
        UserErrorException: it is none of the task's.
    """
    known = METRICS[task]
    if metric is None:
        return known[0]
    if task == "forecasting" and metric == "spearman_correlation":
        metric = known[0]  # FLAML does not forecast by ranks
    if metric not in known:
        raise UserErrorException(
            f"primary_metric {metric!r} is none of {task}: give {', '.join(known)}."
        )
    return metric


def learners(
    task: str, allowed: Iterable[str] | None, blocked: Iterable[str] | None
) -> tuple[str, ...]:
    """Those of FLAML; none where it is to take its own.

    Raises:
        UserErrorException: none is left.
    """
    if not allowed and not blocked:
        return ()
    found = _known(allowed) if allowed else list(_OF_ITSELF)
    without = set(_known(blocked or ()))
    without |= _OF_NUMBERS if task == "classification" else _OF_CLASSES
    left = tuple(name for name in found if name not in without)
    if not left:
        raise UserErrorException(
            "None of the models that are allowed is there: LightGBM, XGBoostClassifier, "
            "RandomForest, ExtremeRandomTrees, SGD, LogisticRegression, KNN, LinearSVM, "
            "ElasticNet and LassoLars are."
        )
    return left


def _known(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    others: list[str] = []
    for name in names:
        plain = str(getattr(name, "value", name)).lower()
        short = plain.removesuffix("classifier").removesuffix("regressor")
        found += _LEARNERS.get(short, ())
        if short not in _LEARNERS:
            others.append(str(name))
    if others:
        say(f"AutoMLConfig: there is no {', '.join(others)} here; it is not tried.")
    return found
