"""The rows a model is chosen for, in whatever form v1 took them."""

from __future__ import annotations

from typing import Any

from azureml.exceptions import UserErrorException

LABEL, WEIGHT = "_label", "_weight"


def frame_of(data: Any, label: str | None, x: Any, y: Any, weights: Any = None) -> tuple[Any, str]:
    """All rows with their label as a data frame, and the name of the label's column.

    Raises:
        UserErrorException: rows or labels are missing.
    """
    if data is not None:
        frame = _frame(data)
        if label is None:
            raise UserErrorException("Give label_column_name, the column that is to be told.")
        if label not in frame.columns:
            raise UserErrorException(
                f"The data has no column {label!r}: it has {', '.join(map(str, frame.columns))}."
            )
        return frame, label
    if x is None or y is None:
        raise UserErrorException("Give training_data and label_column_name, or X and y.")
    frame, labels = _frame(x), _frame(y)
    if labels.shape[1] != 1 or len(labels) != len(frame):
        raise UserErrorException(
            f"y must be one column with a label for each of the {len(frame)} rows of X; "
            f"it has {len(labels)} rows and {labels.shape[1]} columns."
        )
    frame[LABEL] = labels.iloc[:, 0].to_numpy()
    if weights is not None:
        frame[WEIGHT] = _frame(weights).iloc[:, 0].to_numpy()
    return frame, LABEL


def check_labels(labels: Any, task: str) -> None:
    """Refuses labels that nothing can be learned from, before an environment is made for it.

    Raises:
        UserErrorException: what they lack.
    """
    known = labels.dropna()
    if task == "classification":
        if known.nunique() < 2:
            found = f"only {known.iloc[0]!r}" if len(known) else "nothing"
            raise UserErrorException(
                f"The label column {labels.name!r} has {found} in its rows: a classification "
                "needs at least two different labels."
            )
        return
    try:
        known.astype("float64")
    except (TypeError, ValueError) as error:
        raise UserErrorException(
            f"The label column {labels.name!r} is not all numbers ({error}), and {task} tells "
            "numbers: for names of classes give task='classification'."
        ) from error


def _frame(data: Any) -> Any:
    """A data frame of its own, which may be changed."""
    try:
        import pandas as pd
    except ImportError as error:
        raise UserErrorException(
            "A table is taken apart with pandas, which is not installed here: pip install pandas"
        ) from error

    if hasattr(data, "to_pandas_dataframe"):
        data = data.to_pandas_dataframe()
    if isinstance(data, pd.Series):
        data = data.to_frame()
    try:
        return pd.DataFrame(data).reset_index(drop=True).copy()
    except (TypeError, ValueError) as error:
        raise UserErrorException(
            f"A {type(data).__name__} has no rows: give a TabularDataset, a data frame or an array."
        ) from error
