"""v1's metrics by their names there, measured with scikit-learn."""

from __future__ import annotations

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
    # By hand: scikit-learn takes milliseconds for each, and a search does this for every fold.
    counts = np.zeros((len(classes), len(classes)))
    np.add.at(counts, (np.searchsorted(classes, actual), np.searchsorted(classes, found)), 1)
    right, there, told = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    recall, precision = _share(right, there), _share(right, told)
    accuracy, balanced = right.sum() / counts.sum(), recall[there > 0].mean()
    measured = {"accuracy": float(accuracy), "balanced_accuracy": float(balanced)}
    chance = 1 / len(classes)
    measured["norm_macro_recall"] = float((balanced - chance) / (1 - chance))
    kinds = {
        "f1_score": _share(2 * right, there + told),
        "precision_score": precision,
        "recall_score": recall,
    }
    for name, values in kinds.items():
        measured[f"{name}_macro"] = float(values[there + told > 0].mean())
        measured[f"{name}_micro"] = float(accuracy)
        measured[f"{name}_weighted"] = float(np.average(values, weights=there))
    if shares is not None:
        measured |= _of_shares(actual, shares, classes)
    return measured


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return shares


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
