"""What script and answering process send each other: JSON, with a mark where it has no word."""

import base64
import datetime as dt
import os
from pathlib import Path
from typing import Any, Callable, Dict

MARK = "$"


def encode(value: Any, held: Callable[[Any], Dict[str, Any]]) -> Any:
    """A value as JSON; what has no content of its own goes by what `held` calls it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [encode(each, held) for each in value]
    if isinstance(value, (tuple, set, frozenset)):
        return {MARK: "tuple", "items": [encode(each, held) for each in value]}
    if isinstance(value, dict):
        items = [[encode(k, held), encode(v, held)] for k, v in value.items()]
        return {MARK: "dict", "items": items}
    if isinstance(value, os.PathLike):
        return {MARK: "path", "text": os.fspath(value)}
    if isinstance(value, bytes):
        return {MARK: "bytes", "text": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dt.datetime):
        return {MARK: "datetime", "text": value.isoformat()}
    if type(value).__name__ == "DataFrame" and type(value).__module__.startswith("pandas"):
        columns = [
            [encode(name, held), str(value[name].dtype), _plain(value[name])] for name in value
        ]
        return {MARK: "frame", "columns": columns}
    if type(value).__module__.partition(".")[0] == "numpy":
        return encode(value.tolist(), held)
    return held(value)


def decode(value: Any, known: Callable[[Dict[str, Any]], Any]) -> Any:
    """The value again; `known` gives what goes by another name."""
    if isinstance(value, list):
        return [decode(each, known) for each in value]
    if not isinstance(value, dict):
        return value
    mark = value[MARK]
    if mark == "tuple":
        return tuple(decode(each, known) for each in value["items"])
    if mark == "dict":
        return {decode(k, known): decode(v, known) for k, v in value["items"]}
    if mark == "path":
        return Path(value["text"])
    if mark == "bytes":
        return base64.b64decode(value["text"])
    if mark == "datetime":
        return dt.datetime.fromisoformat(value["text"])
    if mark == "frame":
        return _frame(value["columns"], known)
    return known(value)


def _plain(column: Any) -> Any:
    if str(column.dtype).startswith("datetime64"):
        return [None if str(each) == "NaT" else each.isoformat() for each in column]
    return [
        each if isinstance(each, (bool, int, float, str)) or each is None else str(each)
        for each in column.tolist()
    ]


def _frame(columns: Any, known: Callable[[Dict[str, Any]], Any]) -> Any:
    import pandas as pd

    made = {}
    for name, dtype, values in columns:
        column = pd.Series(values, dtype="object" if not values else None)
        if dtype.startswith("datetime64"):
            column = pd.to_datetime(column)
        elif dtype.startswith(("int", "float", "bool", "uint")):
            column = column.astype(dtype)
        made[decode(name, known)] = column
    return pd.DataFrame(made)
