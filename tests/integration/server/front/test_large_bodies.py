"""Bodies with very many numbers: read by a process of their own, and by the worker without it."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from support.front import Answer, Server, poll

SCRIPT = """
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

@input_schema("data", NumpyParameterType(np.zeros((1, 4))))
@input_schema("note", StandardPythonParameterType("text"), optional=True)
def run(data, note=""):
    return [data.shape[0], float(data.sum()), note]
"""
ROWS = 300_000  # about 6 MB
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "service", SCRIPT, {"workers": 1}) as running:
        yield running.wait_ready()


@cache
def large() -> bytes:
    rows = [[float(n), 0.5, 0.25, -1] for n in range(ROWS)]
    return json.dumps({"note": "large", "data": rows}).encode()


EXPECTED = [ROWS, ROWS * (ROWS - 1) / 2 - ROWS * 0.25, "large"]


def helpers(server: Server) -> list[int]:
    found = []
    for pid in server.processes():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"parser_process" in command:
            found.append(pid)
    return found


def test_a_process_reads_what_is_large(server: Server) -> None:
    assert server.call({"data": [[1, 2, 3, 4]]}, headers=JSON).json == [1, 10.0, ""]
    assert helpers(server) == []
    for _ in range(2):
        assert server.call(large(), headers=JSON).json == EXPECTED
        assert len(helpers(server)) == 1


def test_what_it_refuses_is_the_workers(server: Server) -> None:
    answer = server.call(large().replace(b"]]", b"], [1.0]]"), headers=JSON)
    assert answer.status == 400
    assert "rows of different lengths" in answer.message
    assert "could not be decoded as JSON" in server.call(large()[:-2], headers=JSON).message


def test_without_it_workers_read_what_it_was_given(server: Server) -> None:
    server.call(large(), headers=JSON)
    (helper,) = helpers(server)
    os.kill(helper, signal.SIGSTOP)
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(server.call(large(), headers=JSON)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert server.call({"data": [[1, 2, 3, 4]]}, headers=JSON).json == [1, 10.0, ""]
    os.kill(helper, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert [answer.json for answer in answers] == [EXPECTED] * 3
    poll(lambda: helper not in helpers(server), "it is gone")


def test_who_waits_for_it_has_a_deadline_and_counts(tmp_path: Path) -> None:
    with Server(tmp_path / "service", SCRIPT, {"workers": 1, "queue_size": 2}) as server:
        server.wait_ready()
        server.call(large(), headers=JSON)
        (helper,) = helpers(server)
        os.kill(helper, signal.SIGSTOP)
        answers: list[int] = []

        def ask() -> None:
            answers.append(
                server.call(large(), headers={**JSON, "x-brygga-timeout-ms": "1500"}).status
            )

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        poll(lambda: server.gauge("queue_length") == 2, "they wait")
        assert server.call(large(), headers=JSON).status == 503
        assert server.call({"data": [[1, 2, 3, 4]]}, headers=JSON).json == [1, 10.0, ""]
        for thread in threads:
            thread.join()
        assert answers == [503, 503]
        assert server.gauge("queue_length") == 0
        # It is ended after a while without a word, and the next large body starts another.
        poll(lambda: helper not in helpers(server), "it is gone")
        assert server.call(large(), headers=JSON).json == EXPECTED


def test_a_client_that_leaves_while_its_body_is_read_frees_its_place(server: Server) -> None:
    server.call(large(), headers=JSON)
    (helper,) = helpers(server)
    os.kill(helper, signal.SIGSTOP)
    client = server.connect()
    head = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Content-Length: {len(large())}\r\n\r\n".encode() + large())
    poll(lambda: server.gauge("queue_length") == 1, "it waits")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    poll(lambda: server.gauge("queue_length") == 0, "its place is free")
    assert server.gauge("buffered_bytes") == 0
    os.kill(helper, signal.SIGCONT)
    assert server.call(large(), headers=JSON).json == EXPECTED


def test_it_ends_with_the_server(server: Server) -> None:
    server.call(large(), headers=JSON)
    (helper,) = helpers(server)
    server.process.terminate()
    assert server.process.wait(20) == 0
    poll(lambda: not Path(f"/proc/{helper}").exists(), "it is gone")
