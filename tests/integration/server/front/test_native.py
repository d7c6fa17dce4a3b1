"""What the native profile takes and gives beyond v1, from the client's side."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.front import Server, poll

SCRIPT = """
import asyncio, json, pathlib, time
import numpy as np

HERE = pathlib.Path(__file__).parent
NAN = float("nan")

def init():
    pass

def parts(count, pause=0):
    try:
        for number in range(count):
            yield {"part": number}
            time.sleep(pause)
    finally:
        (HERE / "closed").write_text("plain")

def parts_in_turn():
    yield {"part": 0}
    while not (HERE / "wanted").exists():
        time.sleep(0.01)
    yield {"part": 1}

async def async_parts(count, pause=0):
    try:
        for number in range(count):
            yield "part %d\\n" % number
            await asyncio.sleep(pause)
    finally:
        (HERE / "closed").write_text("async")

def broken():
    yield b"one"
    raise ValueError("half way")

async def run(raw):
    await asyncio.sleep(0)
    try:
        code = json.loads(raw)["code"]
    except (ValueError, TypeError, KeyError):
        return "read " + raw
    return eval(code)
"""

SCHEMA = """
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("count", StandardPythonParameterType(1), optional=True)
def run(data, count=1):
    return data.sum(axis=1) * count
"""

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("native"), SCRIPT) as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("schema"), SCHEMA) as running:
        yield running.wait_ready()


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=X", "text/plain", "a b"],
)
def test_the_body_is_whole_whatever_its_type(server: Server, content_type: str) -> None:
    answer = server.call(b"a=1&b=2", headers={"Content-Type": content_type})
    assert (answer.status, answer.json) == (200, "read a=1&b=2")


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("np.float32(1.5)", b"1.5"),
        ("np.arange(3)", b"[0,1,2]"),
        ("{'y': np.ones((2, 1)), 'n': np.int64(7), 'b': np.bool_(True)}",
         b'{"y": [[1.0], [1.0]], "n": 7, "b": true}'),
        ("np.array(['2020-01-02'], 'datetime64[D]')", b'["2020-01-02"]'),
        ("None", b"{}"),
    ],
)  # fmt: skip
def test_results_of_numpy(server: Server, code: str, body: bytes) -> None:
    answer = server.call({"code": code})
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize("code", ["NAN", "[1, -np.inf]", "{'a': np.array([1, np.nan])}"])
def test_what_is_no_number_never_makes_invalid_json(server: Server, code: str) -> None:
    answer = server.call({"code": code})
    assert answer.status == 500
    assert "JSON cannot express" in answer.message


@pytest.mark.parametrize(
    ("nan", "status", "body"),
    [("error", 500, b""), ("null", 200, b"[1.0, null]"), ("keep", 200, b"[1.0, NaN]")],
)
def test_what_becomes_of_nan_is_a_setting(
    tmp_path: Path, nan: str, status: int, body: bytes
) -> None:
    for profile in ("native", "v1"):
        script = "def init(): pass\n\ndef run(raw): return [1.0, float('nan')]\n"
        settings: dict[str, object] = {"nan": nan, "profile": profile, "host": "127.0.0.1"}
        with Server(tmp_path / profile, script, settings) as server:
            answer = server.wait_ready().call({})
            assert (answer.status, answer.body if body else b"") == (status, body)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress)],
)
def test_packed_bodies_are_read(
    server: Server, schema: Server, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    headers = {"Content-Encoding": coding, **JSON}
    assert server.call(pack(b'{"code": "6 * 7"}'), headers=headers).json == 42
    sent = json.dumps({"data": [[1, 2]] * 100_000}).encode()
    assert schema.call(pack(sent), headers=headers).json == [3.0] * 100_000
    answer = server.call(b"not packed", headers=headers)
    assert answer.status == 400
    assert "Content-Encoding" in answer.message


def test_what_cannot_be_unpacked_is_told(server: Server) -> None:
    answer = server.call(b"x", headers={"Content-Encoding": "br"})
    assert answer.status == 415
    assert answer.message == (
        "Content-Encoding br is not read here; gzip, deflate and identity are."
    )
    assert server.call({"code": "1"}, headers={"Content-Encoding": "identity"}).json == 1


def test_a_body_has_its_bound_once_it_is_unpacked(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"max_body_bytes": 1 << 20}) as server:
        server.wait_ready()
        answer = server.call(gzip.compress(bytes(2 << 20)), headers={"Content-Encoding": "gzip"})
        assert (answer.status, "once unpacked" in answer.message) == (413, True)
        assert server.gauge("buffered_bytes") == 0


def test_generators_are_streamed_with_chunks(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/score", json.dumps({"code": "parts(3)"}))
    response = connection.getresponse()
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in response.read().splitlines()] == [
        {"part": 0}, {"part": 1}, {"part": 2},
    ]  # fmt: skip
    connection.request("POST", "/score", json.dumps({"code": "async_parts(2)"}))
    response = connection.getresponse()  # the connection is kept
    assert response.read() == b"part 0\npart 1\n"
    assert response.headers["Content-Type"].startswith("text/plain")
    connection.close()


def test_a_part_is_there_before_the_next_is_made(server: Server) -> None:
    with server.connect() as client:
        client.sendall(_post(server, "parts_in_turn()"))
        received = b""
        while b'"part": 0' not in received:
            received += client.recv(4096)
        (server.folder / "wanted").touch()
        while b'"part": 1' not in received:
            received += client.recv(4096)


def test_a_stream_that_breaks_ends_without_its_last_chunk(server: Server) -> None:
    with server.connect() as client:
        client.sendall(_post(server, "broken()"))
        received = _read_to_end(client)
    assert b"one" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert "ValueError: half way" in server.output()


@pytest.mark.parametrize(("code", "kind"), [("parts", "plain"), ("async_parts", "async")])
def test_a_client_that_leaves_cancels_its_stream(server: Server, code: str, kind: str) -> None:
    closed = server.folder / "closed"
    closed.unlink(missing_ok=True)
    with server.connect() as client:
        client.sendall(_post(server, f"{code}(1000, 0.02)"))
        client.recv(4096)
    poll(lambda: closed.exists() and closed.read_text() == kind, "the generator is closed", 5)
    assert server.call({"code": "1 + 1"}).json == 2
    assert len(server.workers()) == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"data": [[1, 2, 3]]}, ("data", "(any, 2)", "(1, 3)")),
        ({"data": [1, 2]}, ("data", "(any, 2)", "(2,)")),
        ({"data": [["a", "b"]]}, ("data", "float64", "'a'")),
        ({"data": [[1, 2]], "count": "many"}, ("count", "int", "str")),
        ({"count": 2}, ("data",)),
    ],
)
def test_a_wrong_input_is_named(schema: Server, sent: object, told: tuple[str, ...]) -> None:
    answer = schema.call(sent, headers=JSON)
    assert answer.status == 400
    assert [word for word in told if word not in answer.message] == [], answer.message


def test_a_right_input_is_scored(schema: Server) -> None:
    answer = schema.call({"data": [[1, 2], [3, 4]], "count": 2}, headers=JSON)
    assert (answer.status, answer.json) == (200, [6.0, 14.0])


def test_threads_of_a_worker(tmp_path: Path) -> None:
    script = """
        import threading
        together = threading.Barrier(3)

        def init():
            pass

        def run(raw):
            together.wait(20)
            return threading.current_thread().name
        """
    lines = "\n".join(line[8:] for line in script.splitlines())
    with Server(tmp_path, lines, {"threads_per_worker": 3}) as server:
        server.wait_ready()
        names: list[object] = []
        threads = [
            threading.Thread(target=lambda: names.append(server.call({"a": 1}).json))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(map(str, names))) == 3
        assert len(server.workers()) == 1


def _post(server: Server, code: str) -> bytes:
    body = json.dumps({"code": code}).encode()
    return b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _read_to_end(client: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            data = client.recv(65536)
        except ConnectionResetError:
            return received
        if not data:
            return received
        received += data
