"""Decorated scripts: arrays, tables, plain types, nested and optional ones, with request headers."""

# Tables of inputs and scripts are easier to read in long lines.
# ruff: noqa: E501

from __future__ import annotations

import json
from itertools import product
from urllib.parse import quote

from support.differential.plain import BODIES, TYPES
from support.differential.scenario import JSON, Scenario, cors_cells, post, swagger_cells
from support.differential.servers import Setup
from support.differential.wire import Request

_HEAD = """
import datetime, json
import numpy as np
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

def told(value):
    if isinstance(value, np.ndarray):
        return ["array", str(value.dtype), value.shape, value.astype(str).tolist()]
    if isinstance(value, pd.DataFrame):
        return ["frame", [str(t) for t in value.dtypes], value.astype(str).values.tolist(),
                [str(c) for c in value.columns], [str(i) for i in value.index]]
    if isinstance(value, dict):
        return {str(k): told(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [told(v) for v in value]]
    return [type(value).__name__, str(value)]
"""
_ARRAY = """
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("ints", NumpyParameterType(np.array([1, 2]), enforce_shape=False))
@output_schema(NumpyParameterType(np.array([1.0])))
def run(data, ints=(7,), flag=True):
    return told([data, ints, flag])
"""
_LOOSE = """
@input_schema("data", NumpyParameterType(np.array([[1, 2]], dtype=np.int32),
                                         enforce_column_type=False, enforce_shape=False))
@input_schema("days", NumpyParameterType(np.array(["2020-01-01"], dtype="datetime64[D]")), optional=True)
@input_schema("names", NumpyParameterType(np.array(["a"])), optional=True)
@input_schema("kept", NumpyParameterType(np.array([1.0])), convert_to_provided_type=False)
def run(data, days=None, names=None, kept=None):
    return told([data, days, names, kept])
"""
_FRAME = """
@input_schema("data", PandasParameterType(pd.DataFrame({"a": [1], "b": ["x"], "c": [1.5]})))
@input_schema("split", PandasParameterType(pd.DataFrame({"n": [1]}), orient="split"), optional=True)
@input_schema("free", PandasParameterType(pd.DataFrame({"n": [1]}), enforce_shape=False,
                                          enforce_column_type=False), optional=True)
@output_schema(PandasParameterType(pd.DataFrame({"y": [1.0]})))
def run(data, split=None, free=None):
    return told([data, split, free])
"""
_PLAIN = """
@input_schema("i", StandardPythonParameterType(1), optional=True)
@input_schema("f", StandardPythonParameterType(1.5), optional=True)
@input_schema("s", StandardPythonParameterType("x"), optional=True)
@input_schema("b", StandardPythonParameterType(True), optional=True)
@input_schema("l", StandardPythonParameterType([1, 2]), optional=True)
@input_schema("d", StandardPythonParameterType({"a": 1}), optional=True)
@input_schema("raw", StandardPythonParameterType(b"x"), optional=True)
@input_schema("t", StandardPythonParameterType(datetime.datetime(2020, 1, 2, 3, 4)), optional=True)
@input_schema("mixed", StandardPythonParameterType([1, "a"]), optional=True)
@output_schema(StandardPythonParameterType({"r": [1]}))
def run(i=None, f=None, s=None, b=None, l=None, d=None, raw=None, t=None, mixed=None):
    return told([i, f, s, b, l, d, raw, t, mixed])
"""
_NESTED = """
@input_schema("Inputs", StandardPythonParameterType({
    "rows": NumpyParameterType(np.array([[1.0, 2.0]])),
    "table": PandasParameterType(pd.DataFrame({"a": [1]})),
    "list": StandardPythonParameterType([NumpyParameterType(np.array([1]))]),
    "plain": "x",
}))
@input_schema("GlobalParameters", StandardPythonParameterType(1.0), optional=True)
def run(Inputs, GlobalParameters=2.0, request_headers=None):
    headers = {k: v for k, v in request_headers.items() if k.startswith(("X-", "Content", "Host"))}
    return [told(Inputs), told(GlobalParameters), headers]
"""

_ARRAYS = (
    "[[1, 2]]", "[[1.5, 2.5], [3, 4]]", "[]", "[[]]", "[[1]]", "[[1, 2, 3]]", "[[1, 2], [3]]", "[1, 2]",
    "[[[1, 2]]]", "1", '"text"', "null", "true", "{}", '{"a": 1}', '[["1", "2"]]', '[["a", "b"]]',
    "[[1, null]]", "[[true, false]]", "[[1e400, 2]]", "[[NaN, 2]]", "[[Infinity, -Infinity]]", "[[1e-320, 2]]",
    "[[12345678901234567890, 2]]", "[[0.1, 0.30000000000000004]]", "[[-0.0, 0]]", "[[1, 2], null]",
    '[[1, {"a": 2}]]', "[[1, [2]]]",
)  # fmt: skip
_INTS = (
    "[1, 2, 3]", "[1.9]", "[]", "[[1]]", "5", "null", '["4"]', '["x"]', "[1e3]", "[9223372036854775807]",
    "[9223372036854775808]", "[true]", "[null]", "[-1]",
)  # fmt: skip
_FRAMES = (
    '[{"a": 1, "b": "x", "c": 2}]', '[{"c": 2, "b": "x", "a": 1}]', "[]", "{}", '[{"a": 1}]', "null",
    '[{"a": 1, "b": "x", "c": 2, "d": 4}]', '[{"a": "1", "b": 5, "c": "2.5"}]', "[[1, \"x\", 2.5]]",
    '[{"a": null, "b": null, "c": null}]', '[{"a": 1.7, "b": "x", "c": 2}]', '[{"x": 1, "y": "x", "z": 2}]',
    '{"a": {"0": 1}, "b": {"0": "x"}, "c": {"0": 1}}', '"text"', "7", '[{"a": "word", "b": "x", "c": 1}]',
    '{"columns": ["a", "b", "c"], "data": [[1, "x", 2]]}', '{"input_string": "q", "parameters": {}}',
)  # fmt: skip
_SPLITS = (
    '{"columns": ["n"], "index": [5], "data": [[1]]}', '{"columns": ["n"], "data": [[1], [2]]}',
    '{"columns": ["n", "m"], "data": [[1, 2]]}', '[{"n": 1}]', "{}",
)  # fmt: skip
_VALUES = {
    "i": ("1", "1.0", "1.5", '"1"', "true", "null", "[1]", "1e2"),
    "f": ("1.5", "1", '"1.5"', "true", "null", "NaN"),
    "s": ('"a"', '""', "1", "null", '["a"]'),
    "b": ("true", "false", "1", "0", '"true"', "null"),
    "l": ("[1, 2]", "[]", '["a"]', '"[1]"', "{}", "null", "[[1]]"),
    "d": ('{"a": 1}', "{}", '{"b": [1]}', "[]", '"a"', "null"),
    "raw": ('"eA=="', '"eA"', '"x y"', "1", "null", '""'),
    "t": ('"2020-01-02T03:04:05"', '"2020-01-02"', '"noon"', "5", "null", '"2020-01-02T03:04:05+02:00"'),
    "mixed": ('[1, "a"]', '["a", 1]', "[]", "1"),
}  # fmt: skip
_INPUTS = (
    '{"rows": [[1, 2]], "table": [{"a": 1}], "list": [[1]], "plain": "y"}',
    '{"rows": [[1]], "table": [{"a": 1}], "list": [[1]], "plain": "y"}',
    '{"rows": [[1, 2]], "table": [{"a": 1}], "list": [[1], [2]], "plain": "y", "more": 1}',
    '{"rows": [[1, 2]], "table": [{"a": 1}], "list": [], "plain": 5}',
    '{"rows": [[1, 2]]}', '{"plain": "y"}', "{}", "[]", "null", '"x"',
    '{"rows": [[1, 2]], "table": [{"a": "b"}], "list": [[1]], "plain": "y"}',
    '{"rows": [[1, 2]], "table": [{"a": 1}], "list": ["x"], "plain": "y"}',
)  # fmt: skip


def _fields(name: str, values: tuple[str, ...], rest: str = "") -> dict[str, Request]:
    """One parameter with each of the values, in a body and in a query."""
    cells = {}
    for value in values:
        cells[f"{name} = {value}"] = post(f'{{"{name}": {value}{rest}}}')
        also = "".join(
            f"&{k}={quote(json.dumps(v))}"
            for k, v in json.loads(f'{{"_":0{rest}}}').items()
            if k != "_"
        )
        cells[f"{name} = {value} by GET"] = Request("GET", f"/score?{name}={quote(value)}{also}")
    return cells


def _bodies() -> dict[str, Request]:
    cells = {
        f"{body} as {kind}": post(BODIES[body], TYPES[kind])
        for body, kind in product(BODIES, TYPES)
    }
    for number, text in enumerate((
        '{"data": [[1, 2]]}', '{"data": [[1, 2]], "extra": 1}', '{"Data": [[1, 2]]}', '{"flag": 1}',
        '{"data": [[1, 2]], "data": [[3, 4]]}', '{"data": [[1, 2]]} x', '{"data": [[1, 2]]', "{'data': 1}",
        '\ufeff{"data": [[1, 2]]}', ' {"data" : [[ 1 ,\t2 ]] }\n', '{"data": [[1, 2],]}', '{"data": [[01, 2]]}',
        '{"data": [[1, 2]], "flag": {"deep": [null]}}', '{"d\\u0061ta": [[1, 2]]}', '{"data": [[.5, 2]]}',
        '{"data": [[1., 2]]}', '{"data": [[+1, 2]]}', '{"data": [[0x1, 2]]}', '{"data": [[1,2]]}//', "[" * 2000,
        '{"data": [[1, 2]], "flag": "\\ud800"}', '{"data": [[1, 2]], "flag": "\x01"}',
    )):  # fmt: skip
        cells[f"body {number} {text[:30]!r}"] = post(text)
        for kind in ("no type", "text", "form", "json utf-8"):
            cells[f"body {number} as {kind}"] = post(text, TYPES[kind])
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE"):
        cells[f"{method} /score"] = Request(method, "/score")
    cells["GET without anything"] = Request("GET", "/score")
    cells["GET with repeats"] = Request("GET", "/score?data=[1,2]&data=[3,4]")
    return cells


def _scenario(name: str, run: str, cells: dict[str, Request], origins: str = "") -> Scenario:
    arguments: tuple[str, ...] = ("--entry_script", "score.py")
    if origins:
        arguments = (*arguments, "--access_control_allow_origins", origins)
    return Scenario(
        name, Setup({"score.py": _HEAD + run}, {}, arguments), {**cells, **swagger_cells()}
    )


SCENARIOS = (
    _scenario(
        "arrays",
        _ARRAY,
        {
            **_fields("data", _ARRAYS),
            **_fields("ints", _INTS, ', "data": [[1, 2]]'),
            **_bodies(),
            **cors_cells(("http://a.com", "https://b.org")),
        },
        "http://a.com, https://b.org",
    ),
    _scenario(
        "loose arrays",
        _LOOSE,
        {
            **_fields("data", _ARRAYS),
            **_fields("days", ('["2020-02-03"]', '["x"]', "[5]", "[]", "null"), ', "data": [[1]]'),
            **_fields("names", ('["abc"]', "[1]", "[]", '[["a"]]', "null"), ', "data": [[1]]'),
            **_fields("kept", ("[1]", '"x"', "null", "{}"), ', "data": [[1]]'),
            **cors_cells(("http://a.com",)),
        },
        "*",
    ),
    _scenario(
        "tables",
        _FRAME,
        {
            **_fields("data", _FRAMES),
            **_fields("split", _SPLITS, ', "data": [{"a": 1, "b": "x", "c": 2}]'),
            **_fields("free", _FRAMES[:8], ', "data": [{"a": 1, "b": "x", "c": 2}]'),
        },
    ),
    _scenario(
        "plain types",
        _PLAIN,
        {cell: r for name, values in _VALUES.items() for cell, r in _fields(name, values).items()},
    ),
    _scenario(
        "nested types",
        _NESTED,
        {
            **_fields("Inputs", _INPUTS),
            **_fields("GlobalParameters", ("1.5", '"x"', "null"), f', "Inputs": {_INPUTS[0]}'),
            "with headers": post(
                f'{{"Inputs": {_INPUTS[0]}}}',
                (*JSON, ("x-mine", "1"), ("X-Mine", "2"), ("x_under", "u"), ("X-UPPER", "gr\xf6n")),
            ),
        },
    ),
)
