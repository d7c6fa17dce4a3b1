"""From a request to run() and back."""

import json
import marshal
from typing import Any

import pytest
from support.environments import scripts
from support.worker import Worker, body

from brygga_server.worker import frames
from brygga_server.worker.frames import Reply, Request

from .conftest import StartWorker

ECHO = """
import json

class Weird:
    def __str__(self):
        raise RuntimeError("no text")
    __repr__ = __str__

class Escape(BaseException):
    pass

def init():
    pass

def run(data):
    code = json.loads(data) if data.startswith('"') else data
    return eval(code)

def fail(error):
    raise error
"""


def ask(worker: Worker, code: str) -> Reply:
    return worker.ask(body(1, code))[0]


@pytest.mark.parametrize("profile", ["v1", "native"])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("json.dumps([7, 2])", '"[7, 2]"'),
        ("[1, 2.5, None, True]", "[1, 2.5, null, true]"),
        ("{'a': 'é'}", '{"a": "\\u00e9"}'),
        ("None", "{}"),
        ("'x'", '"x"'),
        ("(1, 2)", "[1, 2]"),
        ("''", '""'),
        ("0", "0"),
        ("1e22", "1e+22"),
    ],
)
def test_results_are_json_dumps_text(
    start: StartWorker, profile: str, code: str, expected: str
) -> None:
    worker = start(ECHO, profile=profile)
    worker.ready()
    reply = ask(worker, code)
    assert (reply.cause, bytes(reply.body).decode()) == (frames.OK, expected)


@pytest.mark.parametrize("profile", ["v1", "native"])
@pytest.mark.parametrize(
    "code",
    [
        "object()",
        "b'x'",
        "Weird()",
        "[Weird()]",
        "{Weird(): 1}",
        "{(1, 2): 3}",
        "{1, 2}",
        "(lambda a: a.append(a) or a)([])",
    ],
)
def test_what_cannot_be_sent_is_not_encodable(start: StartWorker, profile: str, code: str) -> None:
    worker = start(ECHO, profile=profile)
    worker.ready()
    assert ask(worker, code).cause == frames.NOT_ENCODABLE
    assert bytes(ask(worker, "1").body) == b"1"


@pytest.mark.parametrize(
    "error", ["ValueError('x')", "SystemExit(3)", "KeyboardInterrupt()", "Escape()", "Weird"]
)
def test_every_exception_is_the_requests_own(start: StartWorker, error: str) -> None:
    worker = start(ECHO)
    worker.ready()
    reply = ask(worker, f"fail({error})")
    assert reply.cause == frames.RUN_RAISED
    told = json.loads(reply.meta)
    assert told["file"] == "score.py"
    assert "in fail" in told["traceback"]
    assert "worker" not in told["traceback"]
    assert bytes(ask(worker, "1").body) == b"1"
    assert "Encountered Exception: Traceback" in worker.log()


def test_nan_is_refused_with_its_place(start: StartWorker) -> None:
    worker = start(ECHO)
    worker.ready()
    reply = ask(worker, "{'scores': [1.0, float('nan')]}")
    assert reply.cause == frames.NOT_ENCODABLE
    assert "nan at result['scores'][1]" in bytes(reply.body).decode()


def test_nan_becomes_null_where_asked(start: StartWorker) -> None:
    worker = start(ECHO, nan="null")
    worker.ready()
    assert bytes(ask(worker, "[float('nan'), float('inf'), 1.5]").body) == b"[null, null, 1.5]"


def test_nan_stays_in_v1(start: StartWorker) -> None:
    worker = start(ECHO, profile="v1")
    worker.ready()
    assert bytes(ask(worker, "[float('nan')]").body) == b"[NaN]"


NUMPY = "import numpy as np\nfrom datetime import date, datetime, timedelta\n" + ECHO


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("b'x'", "base64.b64encode(value).decode()"),
        ("{1, 2}", "sorted(value)"),
        ("1j", "[value.real, value.imag]"),
        ("timedelta(1)", "value.total_seconds()"),
        ("__import__('decimal').Decimal('1.10')", "float(value), or str(value)"),
        ("__import__('pathlib').Path('x')", "str(value)"),
        ("object()", ""),
    ],
)
def test_what_cannot_be_sent_comes_with_what_to_write(
    start: StartWorker, code: str, instead: str
) -> None:
    worker = start(NUMPY)
    worker.ready()
    reply = ask(worker, f"{{'a': [{code}]}}")
    assert reply.cause == frames.NOT_ENCODABLE
    said = bytes(reply.body).decode()
    assert "at result['a'][0]" in said
    assert f"Write {instead}" in said if instead else "Write" not in said


def test_pandas_is_told_apart(start: StartWorker) -> None:
    worker = start("import pandas as pd\n" + ECHO, python=str(scripts()))
    worker.ready()
    frame = ask(worker, "pd.DataFrame({'a': [1, 2]})")
    assert 'value.to_dict("records")' in bytes(frame.body).decode()
    assert bytes(ask(worker, "pd.Timestamp('2026-01-02')").body) == b'"2026-01-02T00:00:00"'


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("[np.array([[1, 2]])]", "[[[1, 2]]]"),
        ("{'p': np.float32(0.5), 'n': np.int64(3)}", '{"p": 0.5, "n": 3}'),
        ("[np.bool_(True)]", "[true]"),
        ("{np.int64(1): 'a'}", '{"1": "a"}'),
        ("np.array(['a'])", '["a"]'),
        ("np.array(['2020-01-02'], dtype='M8[D]')", '["2020-01-02"]'),
        ("[datetime(2020, 1, 2, 3), date(2020, 1, 2)]", '["2020-01-02T03:00:00", "2020-01-02"]'),
        ("np.array('2020-01-02T03:00:00', dtype='M8[s]')", '"2020-01-02T03:00:00"'),
        ("np.float64(1.5)", "1.5"),
        ("np.array(5)", "5"),
    ],
)
def test_numpy_results_are_encoded_natively(start: StartWorker, code: str, expected: str) -> None:
    worker = start(NUMPY)
    assert worker.ready()["numpy"]
    reply = ask(worker, code)
    assert (reply.cause, bytes(reply.body).decode()) == (frames.OK, expected)


def test_numpy_is_not_encodable_in_v1(start: StartWorker) -> None:
    worker = start(NUMPY, profile="v1")
    worker.ready()
    assert ask(worker, "np.array([1])").cause == frames.NOT_ENCODABLE


def test_numpy_nan_is_refused_with_its_place(start: StartWorker) -> None:
    worker = start(NUMPY)
    worker.ready()
    reply = ask(worker, "{'y': np.array([[1.0, np.inf]])}")
    assert "inf at result['y'][0][1]" in bytes(reply.body).decode()


def test_a_body_that_is_not_utf8_is_refused(start: StartWorker) -> None:
    worker = start(ECHO)
    worker.ready()
    reply = worker.ask(body(1, b"\xff\xfe"))[0]
    assert reply.cause == frames.BAD_INPUT
    assert bytes(reply.body).decode() == (
        "Input cannot be decoded as UTF-8: "
        "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    )


RETURN_INPUT = """
def init(): pass
def run(data, request_headers=None): return [data, request_headers]
"""


def test_a_query_becomes_json(start: StartWorker) -> None:
    worker = start(RETURN_INPUT)
    assert worker.ready()["wants_headers"]
    query = b"a=1&b=[1,2]&c=text&d=null&a=x&e=&f=%C3%A9"
    request = Request(1, frames.QUERY, "r", query, b'[["x-a", "1"], ["X-A", "2"]]')
    text, headers = json.loads(bytes(worker.ask(request)[0].body))
    assert json.loads(text) == {
        "a": [1, "x"], "b": [1, 2], "c": "text", "d": None, "e": "", "f": "é",
    }  # fmt: skip
    assert headers == {"X-A": "1,2"}


def test_headers_come_with_a_body(start: StartWorker) -> None:
    worker = start(RETURN_INPUT)
    worker.ready()
    reply = worker.ask(body(1, "x", meta=b'[["content-type", "text/plain"]]'))[0]
    assert json.loads(bytes(reply.body)) == ["x", {"Content-Type": "text/plain"}]


def test_async_scripts_are_awaited(start: StartWorker) -> None:
    worker = start(
        """
        import asyncio

        async def init():
            global lock
            lock = asyncio.Lock()

        async def run(data):
            async with lock:
                await asyncio.sleep(0)
            if data == "exit":
                raise SystemExit(1)
            return data
        """
    )
    worker.ready()
    replies = worker.ask(body(1, "a"), body(2, "exit"), body(3, "b"))
    assert [r.cause for r in replies] == [frames.OK, frames.RUN_RAISED, frames.OK]
    assert bytes(replies[2].body) == b'"b"'


STREAM = """
async def slowly(parts):
    for part in parts:
        yield part

def init(): pass
def run(data):
    parts, error = eval(data)
    if isinstance(parts, tuple):
        return slowly(parts)
    def generate():
        yield from parts
        if error:
            raise ValueError("half way")
    return generate()
"""


@pytest.mark.parametrize(
    ("code", "kind", "parts"),
    [
        ("['a', 'é'], 0", "text/plain; charset=utf-8", [b"a", "é".encode()]),
        ("[b'a', b'b'], 0", "application/octet-stream", [b"a", b"b"]),
        ("[{'a': 1}, 2], 0", "application/x-ndjson", [b'{"a": 1}\n', b"2\n"]),
        ("('a', 'b'), 0", "text/plain; charset=utf-8", [b"a", b"b"]),
        ("[], 0", "text/plain; charset=utf-8", [b""]),
    ],
)
def test_generators_are_streamed(
    start: StartWorker, code: str, kind: str, parts: list[bytes]
) -> None:
    worker = start(STREAM)
    worker.ready()
    reply = worker.ask(body(7, code))[0]
    assert reply.flags & frames.STREAMED
    assert json.loads(reply.meta) == {"content_type": kind}
    chunks, error = worker.stream()
    assert [bytes(reply.body), *chunks] == parts
    assert error == b""


def test_a_stream_that_breaks_says_why(start: StartWorker) -> None:
    worker = start(STREAM)
    worker.ready()
    worker.ask(body(1, "['a'], 1"))
    assert worker.stream() == ([], b"ValueError: half way")
    assert worker.ask(body(2, "[], 1"))[0].cause == frames.RUN_RAISED


def test_generators_are_not_encodable_in_v1(start: StartWorker) -> None:
    worker = start(STREAM, profile="v1")
    worker.ready()
    assert worker.ask(body(1, "['a'], 0"))[0].cause == frames.NOT_ENCODABLE


def test_other_interpreters_do_the_same(start: StartWorker, other_python: str) -> None:
    worker = start(ECHO, python=other_python)
    contract = worker.ready()
    assert contract["takes_input"] == "text"
    replies = worker.ask(body(1, "[1]"), body(2, "fail(SystemExit())"), body(3, "float('nan')"))
    causes: list[Any] = [reply.cause for reply in replies]
    assert causes == [frames.OK, frames.RUN_RAISED, frames.NOT_ENCODABLE]
    assert worker.stop() == 0


PARSES = """
import json

def init():
    pass

def run(data):
    return json.loads(data)
"""


def test_what_the_front_has_read_is_given(start: StartWorker, other_python: str) -> None:
    worker = start(PARSES, python=other_python)
    worker.ready()
    text = '{"x": [1.5, 2], "y": "\\u00e9"}'
    (plain,) = worker.ask(body(1, text))
    assert plain.flags & frames.PARSED, "from now on the front reads ahead"
    values = marshal.dumps(["read", 1.5, {"a": None}], 2)
    ahead, off = worker.ask(body(2, text, frames.AHEAD, values), body(3, text))
    assert json.loads(bytes(ahead.body)) == ["read", 1.5, {"a": None}]
    assert not ahead.flags & frames.PARSED
    assert json.loads(bytes(off.body)) == json.loads(text)


def test_it_can_be_turned_off(start: StartWorker) -> None:
    worker = start(PARSES, read_ahead=False)
    worker.ready()
    assert not worker.ask(body(1, "[1]"))[0].flags & frames.PARSED
