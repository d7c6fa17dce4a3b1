"""v1's metrics by their names there, measured with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from sklearn import metrics as sk
from sklearn.preprocessing import label_binarize


def of_regression(actual: np.ndarray, found: np.ndarray, spread: float) -> dict[str, float]:
    """By name; normalized ones are divided by the spread of all values."""
    rmse = float(np.sqrt(sk.mean_squared_error(actual, found)))
    mae = float(sk.mean_absolute_error(actual, found))
    constant = np.ptp(actual) == 0 or np.ptp(found) == 0
    return {
        "explained_variance": float(sk.explained_variance_score(actual, found)),
        "mean_absolute_error": mae,
        "mean_absolute_percentage_error": 100
        * float(sk.mean_absolute_percentage_error(actual, found)),
        "median_absolute_error": float(sk.median_absolute_error(actual, found)),
        "normalized_mean_absolute_error": mae / spread,
        "normalized_root_mean_squared_error": rmse / spread,
        "r2_score": float(sk.r2_score(actual, found)) if len(actual) > 1 else 0.0,
        "root_mean_squared_error": rmse,
        "spearman_correlation": 0.0 if constant else float(spearmanr(actual, found)[0]),
    }


def of_classification(
    actual: np.ndarray, found: np.ndarray, shares: np.ndarray | None, classes: np.ndarray
) -> dict[str, float]:
    """By name; those of probabilities only where there are any."""
    measured = {
        "accuracy": float(sk.accuracy_score(actual, found)),
        "balanced_accuracy": float(np.mean(_recalls(actual, found))),
        "matthews_correlation": float(sk.matthews_corrcoef(actual, found)),
    }
    chance = 1 / len(classes)
    measured["norm_macro_recall"] = (measured["balanced_accuracy"] - chance) / (1 - chance)
    kinds: dict[str, Callable[..., Any]] = {
        "f1_score": sk.f1_score, "precision_score": sk.precision_score,
        "recall_score": sk.recall_score,
    }  # fmt: skip
    for name, measure in kinds.items():
        for average in ("macro", "micro", "weighted"):
            value = measure(actual, found, average=average, zero_division=0)
            measured[f"{name}_{average}"] = float(value)
    if shares is not None:
        measured |= _of_shares(actual, shares, classes)
    return measured


def _recalls(actual: np.ndarray, found: np.ndarray) -> list[float]:
    return [float(np.mean(found[actual == each] == each)) for each in np.unique(actual)]


def _of_shares(actual: np.ndarray, shares: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    measured = {"log_loss": float(sk.log_loss(actual, shares, labels=classes))}
    truth = label_binarize(actual, classes=classes)
    if len(classes) == 2:
        truth = np.hstack([1 - truth, truth])
    there = [at for at in range(len(classes)) if 0 < truth[:, at].sum() < len(truth)]
    if not there:
        return measured
    weights = truth[:, there].sum(axis=0)
    areas = [sk.roc_auc_score(truth[:, at], shares[:, at]) for at in there]
    precisions = [sk.average_precision_score(truth[:, at], shares[:, at]) for at in there]
    for name, values in (("AUC", areas), ("average_precision_score", precisions)):
        measured[f"{name}_macro"] = float(np.mean(values))
        measured[f"{name}_weighted"] = float(np.average(values, weights=weights))
    return measured
