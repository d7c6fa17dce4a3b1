"""Samples of parameter types, by name; both `inference_schema` packages can make types of them.

Run as a program by an interpreter that has the real package, it prints the schemas that
`tests/integration/server/worker/recorded_schemas.json` holds.
"""

import datetime as dt
import json
import sys
from typing import Any

import numpy as np


def numpy_samples() -> dict[str, Any]:
    structured = np.dtype([("name", "U8"), ("grades", "f8", (2,)), ("day", "M8[D]")])
    return {
        "f8": np.array([[1.0, 2.5], [3.0, 4.0]]),
        "f4": np.array([0.1, 0.2], dtype="f4"),
        "i8": np.array([[[1], [2]]]),
        "u1": np.array([1, 255], dtype="u1"),
        "bool": np.array([True, False]),
        "text": np.array(["a", "bc"]),
        "bytes": np.array([b"ab"]),
        "day": np.array(["2020-01-02"], dtype="M8[D]"),
        "span": np.array([5, 6], dtype="m8[D]"),
        "object": np.array([{"a": 1}], dtype=object),
        "structured": np.array([("x", (8.0, 7.0), "2020-01-02")], dtype=structured),
        "empty": np.zeros((0, 3)),
    }


def standard_samples() -> dict[str, Any]:
    utc = dt.UTC if sys.version_info >= (3, 11) else dt.timezone.utc  # noqa: UP017
    return {
        "int": 1,
        "float": 1.5,
        "str": "a",
        "bool": True,
        "date": dt.date(2020, 1, 2),
        "datetime": dt.datetime(2020, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
        "datetime_utc": dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=utc),
        "time": dt.time(3, 4, 5),
        "bytes": b"ab",
        "bytearray": bytearray(b"ab"),
        "list": [1, 2],
        "mixed": [1, "a"],
        "nested_mixed": {"a": [[1], ["b"]]},
        "uneven": [[1], 2],
        "tuple": (1.0, 2.0),
        "range": range(2),
        "dict": {"a": 1, "b": {"c": [1.5]}},
        "empty_list": [],
        "empty_dict": {},
    }


def pandas_samples() -> dict[str, tuple[Any, str]]:
    import pandas as pd

    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, 1.5], "s": ["a", "b"], "ok": [True, False]})
    times = pd.DataFrame({"t": pd.to_datetime(["2020-01-02"]), "d": pd.to_timedelta(["5 days"])})
    found = {"plain_" + orient: (frame, orient) for orient in ("split", "records", "index")}
    found |= {"more_" + orient: (frame, orient) for orient in ("columns", "values", "table")}
    return found | {
        "times_" + orient: (times, orient) for orient in ("records", "index", "columns", "table")
    }


def schemas(with_pandas: bool = True) -> dict[str, Any]:
    """Schema and versions of each sample, by whichever `inference_schema` is imported."""
    from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
    from inference_schema.parameter_types.standard_py_parameter_type import (
        StandardPythonParameterType,
    )

    types = {"numpy " + k: NumpyParameterType(v) for k, v in numpy_samples().items()}
    for name, sample in standard_samples().items():
        types["standard " + name] = StandardPythonParameterType(sample)
    nested = {"rows": NumpyParameterType(np.array([[1.0]])), "flag": True}
    types["nested dict"] = StandardPythonParameterType(nested)
    types["nested list"] = StandardPythonParameterType([StandardPythonParameterType({"a": 1})])
    if with_pandas:
        from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType

        for name, (frame, orient) in pandas_samples().items():
            types["pandas " + name] = PandasParameterType(frame, orient=orient)
    return {
        name: {"schema": type_.input_to_swagger(), "versions": type_.supported_versions()}
        for name, type_ in types.items()
    }


if __name__ == "__main__":
    print(json.dumps(schemas(), indent=1))
