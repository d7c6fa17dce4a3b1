"""Labels that no model can be chosen for are told before anything is begun."""

import pandas as pd
import pytest

from azureml.exceptions import UserErrorException
from azureml.train.automl._data import check_labels


@pytest.mark.parametrize(
    ("labels", "task", "said"),
    [
        (["p", "p", None], "classification", "'y' has only 'p' in its rows"),
        (["p"], "classification", "at least two different labels"),
        ([None, None], "classification", "'y' has nothing in its rows"),
        ([1.0, "p"], "regression", "could not convert string to float: 'p'.*classification'"),
        (["p", "q"], "forecasting", "forecasting tells numbers"),
    ],
)
def test_what_they_lack_is_said(labels: list[object], task: str, said: str) -> None:
    with pytest.raises(UserErrorException, match=said):
        check_labels(pd.Series(labels, name="y"), task)


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["p", "q", None], "classification"),
        ([True, False], "classification"),
        ([1.0, 1.0], "regression"),
        (["1.5", "2", None], "regression"),
    ],
)
def test_others_are_taken(labels: list[object], task: str) -> None:
    check_labels(pd.Series(labels, name="y"), task)
