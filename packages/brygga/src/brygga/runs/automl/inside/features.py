"""From columns of any kind to numbers, with parts of scikit-learn and pandas alone.

What comes out is pickled with the model: nothing in it is ours, so that it loads wherever these
packages are, in a service that was deployed without a script too.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

_MOST_CATEGORIES = 30
_WORDS = 3  # so many in the middle make a text, and no category
_TERMS = 100
_TIMES = ("month", "day", "day_of_week", "hour", "minute")


def made_for(frame: pd.DataFrame) -> Any:
    """A transformer for the columns of a frame, not fitted.

    Where all are numbers it takes rows without names as well.
    """
    if all(_is_number(frame.iloc[:, at]) for at in range(frame.shape[1])):
        return _numbers()
    parts: list[tuple[str, Any, Any]] = []
    numbers = [name for name in frame if _is_number(frame[name])]
    if numbers:
        parts.append(("numbers", _numbers(), numbers))
    for name in frame:
        if name not in numbers:
            parts += _parts(str(name), name, frame[name])
    return ColumnTransformer(parts, sparse_threshold=0.0)


def _parts(label: str, name: Any, column: pd.Series) -> list[tuple[str, Any, Any]]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return [(f"{label} {part}", _of_time(part), name) for part in _TIMES]
    texts = column.dropna().astype(str)
    different, rows = texts.nunique(), len(texts)
    if different <= 1:
        return []
    if different <= _MOST_CATEGORIES:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        return [(label, make_pipeline(_as_text(), encoder), [name])]
    if texts.str.split().str.len().median() >= _WORDS:
        as_text = FunctionTransformer(pd.Series.astype, kw_args={"dtype": "str"})
        return [(label, make_pipeline(as_text, TfidfVectorizer(max_features=_TERMS)), name)]
    if different > 0.9 * rows:  # an id says nothing of another row
        return []
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return [(label, make_pipeline(_as_text(), encoder), [name])]


def _numbers() -> Any:
    as_floats = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"})
    return make_pipeline(as_floats, SimpleImputer(strategy="median", keep_empty_features=True))


def _as_text() -> Any:
    return FunctionTransformer(pd.DataFrame.astype, kw_args={"dtype": "str"})


def _of_time(part: str) -> Any:
    return make_pipeline(
        FunctionTransformer(pd.to_datetime, kw_args={"format": "mixed"}),
        FunctionTransformer(attrgetter(f"dt.{part}")),
        FunctionTransformer(pd.Series.to_frame),
        SimpleImputer(strategy="median", keep_empty_features=True),
    )


def _is_number(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"
