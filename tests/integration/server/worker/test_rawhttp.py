"""Scripts that take the HTTP request and make the response."""

import json
from typing import Any

import pytest
from support.worker import PLAIN_PYTHON, Worker

from brygga_server.worker import frames
from brygga_server.worker.frames import Reply, Request

from .conftest import StartWorker

SCRIPT = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    assert isinstance(request, AMLRequest)
    return eval(request.headers["x-code"])
"""


def raw(code: str, data: bytes = b"", **meta: Any) -> Request:
    headers = [["X-Code", code], *meta.pop("headers", [])]
    told = {
        "method": "POST",
        "path": "/score",
        "query": "",
        "headers": headers,
        "remote": "1.2.3.4",
    }
    return Request(1, frames.RAW, "r", json.dumps(told | meta).encode(), data)


def ask(worker: Worker, code: str, data: bytes = b"", **meta: Any) -> Reply:
    return worker.ask(raw(code, data, **meta))[0]


@pytest.fixture
def worker(start: StartWorker) -> Worker:
    started = start(SCRIPT, python=PLAIN_PYTHON)
    assert started.ready()["raw"]
    return started


@pytest.mark.parametrize(
    ("code", "meta", "expected"),
    [
        ("request.method", {"method": "OPTIONS"}, "OPTIONS"),
        ("request.full_path", {"query": "a=1"}, "/score?a=1"),
        ("request.url", {"query": "a=1", "headers": [["host", "h:1"]]}, "http://h:1/score?a=1"),
        ("request.args.getlist('a')", {"query": "a=1&a=2&b="}, ["1", "2"]),
        ("request.args.get('b', type=int, default=4)", {"query": "b=x"}, 4),
        ("request.headers.get('x-thing')", {"headers": [["X-Thing", "v"]]}, "v"),
        ("request.cookies", {"headers": [["Cookie", "a=1; b=2"]]}, {"a": "1", "b": "2"}),
        ("request.environ['HTTP_X_THING']", {"headers": [["X-Thing", "v"]]}, "v"),
        ("request.remote_addr", {}, "1.2.3.4"),
        ("request.get_data(as_text=True)", {}, '{"a": 1}'),
        ("request.stream.read().decode()", {}, '{"a": 1}'),
        ("request.get_json(force=True)", {}, {"a": 1}),
        ("request.get_json(silent=True)", {}, {}),
        ("request.json['a']", {"headers": [["Content-Type", "application/json"]]}, 1),
        ("request.is_json", {"headers": [["Content-Type", "application/x+json; a=b"]]}, True),
    ],
)
def test_the_request_has_the_parts_of_flasks(
    worker: Worker, code: str, meta: dict[str, Any], expected: Any
) -> None:
    reply = ask(worker, code, b'{"a": 1}', **meta)
    assert reply.cause == frames.OK, reply.meta
    assert json.loads(bytes(reply.body)) == expected


def test_forms_and_files_are_parsed(worker: Worker) -> None:
    form = (
        b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\nv;\xc3\xa9\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a;\\"b.txt"\r\n'
        b"Content-Type: image/png\r\n\r\n\r\n--not\r\n\r\n--B--\r\n"
    )
    file = "request.files['f']"
    code = f"[request.form['n'], {file}.filename, {file}.mimetype, {file}.read().decode()]"
    kind = [["Content-Type", 'multipart/form-data; boundary="B"']]
    answer = json.loads(bytes(ask(worker, code, form, headers=kind).body))
    assert answer == ["v;é", 'a;"b.txt', "image/png", "\r\n--not\r\n"]


def test_urlencoded_forms_keep_the_body(worker: Worker) -> None:
    kind = [["Content-Type", "application/x-www-form-urlencoded"]]
    code = "[request.form['a'], request.values['b'], request.data.decode()]"
    reply = ask(worker, code, b"a=1&b=2", headers=kind)
    assert json.loads(bytes(reply.body)) == ["1", "2", "a=1&b=2"]


@pytest.mark.parametrize(
    ("code", "status", "headers", "body"),
    [
        (
            "AMLResponse('hi', 201)",
            201,
            [["Content-Type", "text/html; charset=utf-8"], ["x-ms-run-function-failed", "False"]],
            b"hi",
        ),
        (
            "AMLResponse(b'img', 201, {'Content-Type': 'image/jpeg'})",
            201,
            [["x-ms-run-function-failed", "False"], ["Content-Type", "image/jpeg"]],
            b"img",
        ),
        (
            "AMLResponse({'a': 1}, 200, json_str=True)",
            200,
            [["Content-Type", "application/json"], ["x-ms-run-function-failed", "False"]],
            b'{"a": 1}',
        ),
        (
            "AMLResponse(None, 200, run_function_failed=True)",
            200,
            [["Content-Type", "application/json"], ["x-ms-run-function-failed", "True"]],
            b"{}",
        ),
        (
            "AMLResponse('nope', 500, {'X-A': '1, 2'})",
            500,
            [
                ["Content-Type", "text/html; charset=utf-8"],
                ["X-A", "1"],
                ["X-A", "2"],
                ["x-ms-run-function-failed", "True"],
            ],
            b"nope",
        ),
    ],
)
def test_responses_pass_as_the_script_made_them(
    worker: Worker, code: str, status: int, headers: list[list[str]], body: bytes
) -> None:
    reply = ask(worker, code)
    assert (reply.cause, reply.status, bytes(reply.body)) == (frames.PASSED, status, body)
    assert json.loads(reply.meta) == {"headers": headers}


@pytest.mark.parametrize(
    "code",
    [
        "AMLResponse('x', 70000)",
        "AMLResponse('x', 100)",
        "AMLResponse('x', 200, {'X A': 'a'})",
        "AMLResponse((part for part in [object()]), 200) and AMLResponse([object()], 200)",
    ],
)
def test_responses_that_http_forbids_are_not_sent(worker: Worker, code: str) -> None:
    assert ask(worker, code).cause == frames.NOT_ENCODABLE


def test_a_header_with_a_line_break_is_an_error_where_it_is_made(worker: Worker) -> None:
    reply = ask(worker, "AMLResponse('x', 200, {'X-A': 'a\\r\\nX-B: b'})")
    assert reply.cause == frames.RUN_RAISED


def test_a_response_may_be_streamed(worker: Worker) -> None:
    reply = ask(worker, "AMLResponse((str(i) for i in range(3)), 200)")
    assert reply.flags & frames.STREAMED
    assert worker.stream() == ([b"0", b"1", b"2"], b"")


def test_results_other_than_responses_are_json(worker: Worker) -> None:
    assert bytes(ask(worker, "[1]").body) == b"[1]"


def test_rawhttp_and_a_schema_exclude_each_other(start: StartWorker) -> None:
    worker = start(
        """
        from azureml.contrib.services.aml_request import rawhttp
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.standard_py_parameter_type import (
            StandardPythonParameterType as Py,
        )

        def init(): pass

        @rawhttp
        @input_schema("data", Py(1))
        def run(data): pass
        """,
        python=PLAIN_PYTHON,
    )
    kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert "both @rawhttp and @input_schema" in told["message"]
