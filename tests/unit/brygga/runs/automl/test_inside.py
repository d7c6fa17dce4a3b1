"""What runs in FLAML's environment, as far as it does without FLAML."""

import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from brygga.runs.automl.inside import features, metrics, table
from brygga.runs.automl.spec import LESS_IS_BETTER


@pytest.fixture
def frame() -> pd.DataFrame:
    """Columns of every kind, with gaps."""
    return pd.DataFrame(
        {
            "number": [1.5, None, 3.0, 4.0],
            "count": [1, 2, 3, 4],
            "flag": [True, False, True, True],
            "when": pd.to_datetime(
                ["2020-01-01 03:00", "2020-02-02 00:00", None, "2020-04-04 00:00"]
            ),
            "kind": ["a", "b", None, "a"],
            "text": ["the quick brown fox", "jumps over the", "lazy dog and more", "than one"],
            "same": ["x", "x", "x", "x"],
        }
    )


def test_a_table_is_read_as_it_was_written(frame: pd.DataFrame, tmp_path: Path) -> None:
    table.write(frame, tmp_path / "t")
    found = table.read(tmp_path / "t")

    assert list(found.columns) == list(frame.columns)
    assert list(found["when"].dt.month.dropna()) == [1, 2, 4]
    assert found["number"].isna().tolist() == [False, True, False, False]
    assert found["kind"].tolist() == ["a", "b", None, "a"]
    assert found["flag"].tolist() == [True, False, True, True]


def test_columns_without_names_have_numbers(tmp_path: Path) -> None:
    table.write(pd.DataFrame([[1, "a"], [2, "b"]]), tmp_path / "t")

    assert list(table.read(tmp_path / "t").columns) == [0, 1]


def test_columns_of_every_kind_become_numbers(frame: pd.DataFrame) -> None:
    made = features.made_for(frame)
    numbers = made.fit_transform(frame)

    assert numbers.dtype.kind == "f"
    assert not np.isnan(numbers).any()
    labels = {name.split("__")[0] for name, _, _ in made.transformers_}
    assert labels >= {"numbers", "kind", "text", "when hour"}
    assert "same" not in labels


def test_what_is_fitted_needs_none_of_our_modules(frame: pd.DataFrame) -> None:
    made = features.made_for(frame).fit(frame)
    text = pickle.dumps(made, protocol=4)

    assert b"brygga" not in text
    # As a service is given rows: times as texts, and values that were not there before.
    rows = json.loads(frame.head(2).assign(kind="new").to_json(orient="records", date_format="iso"))
    again = pickle.load(io.BytesIO(text)).transform(pd.DataFrame(rows))
    assert again.shape == made.transform(frame.head(2)).shape
    assert again[0, made.output_indices_["when hour"]].tolist() == [3.0]


def test_numbers_alone_need_no_names() -> None:
    rows = np.array([[1.0, np.nan], [3.0, 4.0]])
    made = features.made_for(pd.DataFrame(rows)).fit(pd.DataFrame(rows))

    assert made.transform([[1, None]]).tolist() == [[1.0, 4.0]]


def test_metrics_of_regression_have_the_names_of_v1() -> None:
    found = metrics.of_regression(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0]), 4.0)

    assert found["mean_absolute_error"] == pytest.approx(2 / 3)
    assert found["normalized_mean_absolute_error"] == pytest.approx(1 / 6)
    assert found["spearman_correlation"] == pytest.approx(1.0)
    assert found["root_mean_squared_error"] == pytest.approx((4 / 3) ** 0.5)
    constant = metrics.of_regression(np.array([1.0, 2.0]), np.array([1.0, 1.0]), 1.0)
    assert constant["spearman_correlation"] == 0.0
    assert set(found) & LESS_IS_BETTER >= {"mean_absolute_error", "root_mean_squared_error"}


def test_metrics_of_classes_have_the_names_of_v1() -> None:
    actual, shares = np.array([0, 0, 1, 1]), np.array([[0.9], [0.4], [0.2], [0.1]])
    both = np.hstack([shares, 1 - shares])
    found = metrics.of_classification(actual, both.argmax(axis=1), both, np.array([0, 1]))

    assert found["accuracy"] == 0.75
    assert found["AUC_weighted"] == 1.0
    assert found["norm_macro_recall"] == 0.5
    without: dict[str, Any] = metrics.of_classification(actual, actual, None, np.array([0, 1]))
    assert "AUC_weighted" not in without
    one = metrics.of_classification(actual[:2], actual[1:3], both[:2], np.array([0, 1]))
    assert "AUC_weighted" not in one


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_metrics_of_classes_are_those_of_scikit_learn(average: str) -> None:
    from sklearn import metrics as sk

    chance = np.random.default_rng(3)
    actual, told = chance.integers(0, 3, 60), chance.integers(0, 4, 60)  # one is never right
    found = metrics.of_classification(actual, told, None, np.arange(4))

    for name in ("f1_score", "precision_score", "recall_score"):
        wanted = getattr(sk, name)(actual, told, average=average, zero_division=0)
        assert found[f"{name}_{average}"] == pytest.approx(wanted)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(actual, told))
