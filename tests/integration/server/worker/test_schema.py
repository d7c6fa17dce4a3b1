"""Scripts that declare what they take, and the documents made of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import support.worker
from support.worker import Worker, arrays, body

from brygga_server.worker import frames
from brygga_server.worker.frames import Reply, Request

from .conftest import StartWorker

RECORDED = json.loads(Path(support.worker.__file__).with_name("recorded_schemas.json").read_text())

# The script behind the recorded exchanges.
DECORATED = """
import numpy as np
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("flag", StandardPythonParameterType(True))
@output_schema(StandardPythonParameterType({"y": [1.0]}))
def run(data, flag=False):
    return {"y": data.sum(axis=1).tolist(), "flag": flag}
"""


def answer(reply: Reply) -> tuple[int, str]:
    return reply.cause, bytes(reply.body).decode()


def test_the_contract_tells_the_parameters(start: StartWorker) -> None:
    told = start(DECORATED).ready()
    assert (told["decorated"], told["takes_input"]) == (True, "object")
    assert told["parameters"] == [
        {
            "name": "data",
            "kind": "numpy",
            "dtype": "<f8",
            "shape": [None, 2],
            "optional": False,
            "form": "array",
        },
        {
            "name": "flag",
            "kind": "json",
            "dtype": None,
            "shape": None,
            "optional": False,
            "form": None,
        },
    ]


@pytest.mark.parametrize("profile", ["v1", "native"])
@pytest.mark.parametrize(
    ("sent", "cause", "text"),
    [
        ('{"data":[[1,2],[3,4]]}', frames.OK, '{"y": [3.0, 7.0], "flag": false}'),
        ('{"data":[[1,2]],"extra":3}', frames.OK, '{"y": [3.0], "flag": false}'),
        ("[1]", frames.BAD_INPUT, "POST body should be a JSON dictionary."),
        ("", frames.BAD_INPUT, "POST body is empty. Expecting a JSON dictionary."),
        (
            "{bad",
            frames.BAD_INPUT,
            "POST body could not be decoded as JSON: Expecting property name enclosed in double "
            "quotes: line 1 column 2 (char 1)",
        ),
        ('{"x":1}', frames.BAD_INPUT, "A value is not provided for the 'data' parameter."),
    ],
)
def test_bodies_are_answered_as_recorded(
    start: StartWorker, profile: str, sent: str, cause: int, text: str
) -> None:
    worker = start(DECORATED, profile=profile)
    worker.ready()
    assert answer(worker.ask(body(1, sent))[0]) == (cause, text)


def test_what_is_not_json_by_its_type_is_refused(start: StartWorker) -> None:
    worker = start(DECORATED)
    worker.ready()
    reply = worker.ask(body(1, '{"data":[[1,2]]}', flags=frames.NOT_JSON))[0]
    text = "Expects Content-Type to be application/json"
    assert answer(reply) == (frames.UNSUPPORTED_MEDIA, text)


def test_a_query_fills_the_parameters(start: StartWorker) -> None:
    worker = start(DECORATED)
    worker.ready()
    reply = worker.ask(Request(1, frames.QUERY, "r", b"data=[[1,2]]&flag=true", b""))[0]
    assert answer(reply) == (frames.OK, '{"y": [3.0], "flag": true}')


MISMATCHES = [
    (
        '{"data":[[1,2,3]]}',
        "Parameter 'data': expected an array of float64 of shape (any, 2), received shape (1, 3).",
    ),
    (
        '{"data":[[1,2],[3]]}',
        "Parameter 'data': expected an array of float64 of shape (any, 2), "
        "received rows of different lengths, the first odd one at [1].",
    ),
    ('{"data":"x"}', "of shape (any, 2) as a list, received a string."),
    ('{"data":[["a","b"]]}', "received values that do not convert, the first at [0][0] ("),
    ('{"data":[[1,2],[3,{}]]}', "received values that do not convert, the first at [1][1] ("),
    ('{"data":[[1,2]],"flag":"no"}', "Parameter 'flag': expected a boolean, received a string."),
    ('{"data":[[1,2]],"flag":null}', "Parameter 'flag': expected a boolean, received null."),
]


@pytest.mark.parametrize(("sent", "text"), MISMATCHES)
def test_a_mismatch_names_parameter_expectation_and_reception(
    start: StartWorker, sent: str, text: str
) -> None:
    worker = start(DECORATED)
    worker.ready()
    cause, message = answer(worker.ask(body(1, sent))[0])
    assert cause == frames.BAD_INPUT
    assert text in message


def test_a_mismatch_is_the_scripts_failure_in_v1(start: StartWorker) -> None:
    worker = start(DECORATED, profile="v1")
    worker.ready()
    replies = [worker.ask(body(1, sent))[0] for sent, _ in MISMATCHES]
    assert {reply.cause for reply in replies} == {frames.RUN_RAISED}


def test_errors_of_run_itself_are_no_mismatch(start: StartWorker) -> None:
    worker = start(DECORATED.replace("return {", "raise ValueError('x')\n    return {"))
    worker.ready()
    assert worker.ask(body(1, '{"data":[[1,2]]}'))[0].cause == frames.RUN_RAISED


@pytest.mark.parametrize(
    ("name", "script", "version"),
    [
        ("decorated 2", DECORATED, "2"),
        ("undecorated 3.1", "def init(): pass\ndef run(a): 0\n", "3.1"),
    ],
)
def test_documents_are_the_recorded_ones_to_the_byte(
    start: StartWorker, name: str, script: str, version: str
) -> None:
    told = start(script, profile="v1").ready()
    assert told["swagger"][version] == RECORDED["documents"][name]


def test_the_native_documents_name_the_types_that_are_answered(start: StartWorker) -> None:
    documents = start("def init(): pass\ndef run(a): 0\n").ready()["swagger"]
    for version, document in documents.items():
        health = json.loads(document)["paths"]["/"]["get"]
        answer = health["responses"]["200"]
        kinds = health["produces"] if version == "2" else list(answer["content"])
        assert (kinds[0], health["security"]) == ("text/html", [])


def test_documents_carry_name_version_and_prefix(start: StartWorker) -> None:
    worker = start(DECORATED, service_name='a "b"', service_version="7", service_path_prefix="/p")
    documents = worker.ready()["swagger"]
    three = json.loads(documents["3"])
    assert three["openapi"] == "3.0.3"
    assert (three["info"]["title"], three["info"]["version"]) == ('a "b"', "7")
    assert list(three["paths"]) == ["/p/", "/p/score", "/p/swagger.json"]


def test_lists_of_mixed_types_have_no_version_2(start: StartWorker) -> None:
    worker = start(DECORATED.replace("ParameterType(True)", "ParameterType([1, 'a'])"))
    assert list(worker.ready()["swagger"]) == ["3", "3.1"]
    assert "skipped for versions [2]" in worker.log()


def test_the_users_own_documents_win(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "swagger.json").write_text('{"mine": 2}')
    (tmp_path / "swagger3.json").write_text('{"mine": 3}')
    documents = start(DECORATED).ready()["swagger"]
    assert [documents["2"], documents["3"]] == ['{"mine": 2}', '{"mine": 3}']


PROBE = """
import importlib.util, json, sys
folder, tests = sys.argv[1:3]
spec = importlib.util.spec_from_file_location(
    "_brygga_worker", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules["_brygga_worker"] = importlib.util.module_from_spec(spec)
from _brygga_worker.shims import finder
finder.install()
sys.path.append(tests)
import schema_samples
with_pandas = importlib.util.find_spec("pandas") is not None
print(json.dumps(schema_samples.schemas(with_pandas)))
"""


def test_every_type_is_described_as_recorded() -> None:
    folder = Path(frames.__file__).parent
    tests = Path(support.worker.__file__).parent
    command = [sys.executable, "-c", PROBE, str(folder), str(tests)]
    got = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert len(got) > 30
    # As text: the order of names is part of a document.
    assert {name: json.dumps(found) for name, found in got.items()} == {
        name: json.dumps(RECORDED["types"][name]) for name in got
    }


TYPED = """
import datetime
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import (
    StandardPythonParameterType as Py,
)
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

class Upper(AbstractParameterType):
    def deserialize_input(self, value):
        return value.upper()
    def input_to_swagger(self):
        return {"type": "string", "example": "x"}

class Text:
    pass

def init(): pass

@input_schema("data", SAMPLE)
def run(data): return repr(data)
"""


@pytest.mark.parametrize(
    ("sample", "value", "expected"),
    [
        ("Py(datetime.date(2020, 1, 2))", "2021-03-04", "datetime.date(2021, 3, 4)"),
        ("Py(datetime.datetime(2020, 1, 2))", "2021-03-04T05:06:07", "2021, 3, 4, 5, 6, 7"),
        ("Py(datetime.time(1))", "05:06:07", "datetime.time(5, 6, 7"),
        ("Py(b'x')", "YWI=", "b'ab'"),
        ("Py(1.5)", 2, "2"),
        ("Py([Py({'n': 1})])", [{"n": 5}], "[{'n': 5}]"),
        ("Py({'d': Py(datetime.date(2020, 1, 2)), 'k': 1})", {"d": "2021-03-04"}, "date(2021"),
        ("Upper(Text())", "abc", "'ABC'"),
    ],
)
def test_values_are_converted_as_declared(
    start: StartWorker, sample: str, value: Any, expected: str
) -> None:
    worker = start(TYPED.replace("SAMPLE", sample))
    worker.ready()
    cause, text = answer(worker.ask(body(1, json.dumps({"data": value})))[0])
    assert cause == frames.OK
    assert expected in text


def test_a_mismatch_deep_inside_names_its_place(start: StartWorker) -> None:
    worker = start(TYPED.replace("SAMPLE", "Py([Py({'n': Py(1)})])"))
    worker.ready()
    cause, text = answer(worker.ask(body(1, '{"data": [{"n": 1}, {"n": "x"}]}'))[0])
    assert cause == frames.BAD_INPUT
    assert text == "Parameter 'data': item 1: 'n': expected an integer, received a string."


def test_what_a_custom_type_raises_is_a_mismatch(start: StartWorker) -> None:
    worker = start(TYPED.replace("SAMPLE", "Upper(Text())"))
    worker.ready()
    cause, text = answer(worker.ask(body(1, '{"data": 3}'))[0])
    assert cause == frames.BAD_INPUT
    assert "'int' object has no attribute 'upper'" in text


def test_a_custom_type_may_raise_what_cannot_be_shown(start: StartWorker) -> None:
    worker = start(
        TYPED.replace("SAMPLE", "Upper(Text())").replace(
            "return value.upper()", "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()"
        )
    )
    worker.ready()
    assert worker.ask(body(1, '{"data": 3}'))[0].cause == frames.BAD_INPUT
    assert worker.ask(body(2, '{"data": 3}'))[0].cause == frames.BAD_INPUT


def test_spark_types_are_refused_with_the_reason(start: StartWorker) -> None:
    worker = start(
        """
        from inference_schema.parameter_types.spark_parameter_type import SparkParameterType
        SparkParameterType(None)
        """
    )
    kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert "a Spark session in every worker" in told["message"]


@pytest.fixture
def decorated(start: StartWorker) -> Worker:
    worker = start(DECORATED)
    worker.ready()
    return worker


def test_arrays_reach_run_as_they_are(decorated: Worker) -> None:
    reply = decorated.ask(arrays(1, np.array([[1.0, 2.0]]), flag=True))[0]
    assert answer(reply) == (frames.OK, '{"y": [3.0], "flag": true}')


def test_arrays_of_another_dtype_are_converted(decorated: Worker) -> None:
    reply = decorated.ask(arrays(1, np.array([[1, 2]], dtype="i4")))[0]
    assert answer(reply) == (frames.OK, '{"y": [3.0], "flag": false}')


def test_arrays_of_another_shape_are_refused(decorated: Worker) -> None:
    cause, text = answer(decorated.ask(arrays(1, np.array([[1.0]])))[0])
    assert cause == frames.BAD_INPUT
    expected = "expected an array of float64 of shape (any, 2), received shape (1, 1)."
    assert text == f"Parameter 'data': {expected}"


def test_arrays_are_writable(start: StartWorker) -> None:
    worker = start(DECORATED.replace("return {", "data += 1\n    return {"))
    worker.ready()
    assert answer(worker.ask(arrays(1, np.array([[1.0, 2.0]])))[0])[0] == frames.OK
