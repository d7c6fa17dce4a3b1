"""A table on disk that any version of pandas reads: a file for each column, and their names.

It goes between a notebook and the environment of a model, whose packages are others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_NAMES = "columns.json"


def write(frame: pd.DataFrame, folder: Path) -> None:
    """Writes into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = []
    for number, name in enumerate(frame.columns):
        column = frame.iloc[:, number]
        kind = _kind(column)
        columns.append({"name": name if isinstance(name, str) else int(name), "kind": kind})
        if kind == "number":
            np.save(folder / f"{number}.npy", column.to_numpy(), allow_pickle=False)
        elif kind == "time":
            times = pd.to_datetime(column, utc=True).dt.tz_localize(None)
            np.save(folder / f"{number}.npy", times.to_numpy("datetime64[ns]").astype("int64"))
        else:
            values = [None if pd.isna(each) else _plain(each) for each in column]
            (folder / f"{number}.json").write_text(json.dumps(values), encoding="utf-8")
    document = {"columns": columns, "rows": len(frame)}
    (folder / _NAMES).write_text(json.dumps(document), encoding="utf-8")


def read(folder: Path) -> pd.DataFrame:
    """Reads what was written, with rows counted from 0."""
    document = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
    values: list[Any] = []
    for number, column in enumerate(document["columns"]):
        if column["kind"] == "number":
            values.append(np.load(folder / f"{number}.npy", allow_pickle=False))
        elif column["kind"] == "time":
            values.append(np.load(folder / f"{number}.npy").astype("datetime64[ns]"))
        else:
            text = (folder / f"{number}.json").read_text(encoding="utf-8")
            values.append(pd.Series(json.loads(text), dtype=object))
    frame = pd.DataFrame(dict(enumerate(values)), index=range(document["rows"]))
    frame.columns = [column["name"] for column in document["columns"]]
    return frame


def _kind(column: pd.Series) -> str:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return "number"
    return "time" if pd.api.types.is_datetime64_any_dtype(column) else "object"


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, str | int | float | bool) else str(value)
