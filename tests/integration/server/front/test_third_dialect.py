"""A dialect that the server does not know is one file and one row in the routes.

It has everything that the native one has: keys, batches, metrics, survival.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import third_dialect
from support.front import Server

SCRIPT = """
import os
import numpy as np
from brygga_scoring import batched
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

def init():
    pass

@batched(max_rows=64, max_wait_ms=50)
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    if (data == 13).any():
        os._exit(7)
    return data.sum(axis=1)
"""
KEY = {"Authorization": "Bearer k"}
JSON = {**KEY, "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("third")
    keys = {"version": 1, "keys": {"primary": hashlib.sha256(b"k").hexdigest()}}
    (folder / "keys.json").write_text(json.dumps(keys))
    settings = {"keys_file": str(folder / "keys.json"), "workers": 1}
    program = (third_dialect.__file__,)
    with Server(folder, SCRIPT, settings, program=program) as running:
        yield running.wait_ready()


def test_it_reads_requests_and_writes_answers(server: Server) -> None:
    answer = server.call(b"1 2; 3 4", "/rows", headers={**KEY, "X-Name": "me"})
    assert (answer.status, answer.body) == (200, b"3.0 7.0")
    assert answer.headers["name"] == "me"
    assert not [name for name in answer.headers if name.startswith("x-ms-")]


def test_the_native_one_is_spoken_beside_it(server: Server) -> None:
    answer = server.call({"data": [[1, 2], [3, 4]]}, headers=JSON)
    assert (answer.status, answer.json) == (200, [3.0, 7.0])
    assert answer.headers["x-ms-run-function-failed"] == "False"


def test_errors_are_told_in_its_words(server: Server) -> None:
    answer = server.call(b"1 x", "/rows", headers=KEY)
    assert answer.status == 422
    assert answer.body == b"bad_input: could not convert string to float: 'x'"
    assert server.call(b"1 2", "/rows").status == 401
    assert server.call(path="/rows", method="PUT", headers=KEY).status == 500
    assert server.call(path="/nowhere").message.startswith("The requested URL")  # the native one


def test_pages_of_the_server_are_given_in_its_words(server: Server) -> None:
    assert server.call(path="/alive").body == b"health of GET, HEAD, OPTIONS"
    assert server.call(path="/rows/are/ready").body == b"ready of GET, HEAD, OPTIONS"
    assert server.call(path="/rows", method="OPTIONS").body == b"score_methods of OPTIONS, POST"


def test_requests_of_two_dialects_run_in_one_batch(server: Server) -> None:
    def ask(number: int) -> object:
        if number % 2:
            return server.call(b"%d 1" % number, "/rows", headers=KEY).body.decode()
        return server.call({"data": [[number, 1]]}, headers=JSON).json

    asked = range(100, 116)
    with ThreadPoolExecutor(len(asked)) as pool:
        told = list(pool.map(ask, asked))
    assert told == [f"{n + 1:.1f}" if n % 2 else [n + 1.0] for n in asked]
    buckets = server.call(path="/metrics", headers=KEY).body.decode()
    whole = next(x for x in buckets.splitlines() if x.startswith("brygga_batch_requests_count"))
    runs, requests = float(whole.split()[1]), 16
    assert runs < requests + 10  # some of them ran together


def test_a_worker_that_dies_is_told_in_its_words(server: Server) -> None:
    answer = server.call(b"13 0", "/rows", headers=KEY)
    assert answer.status == 500
    assert answer.body.startswith(b"worker_died: The worker ended by itself with exit code 7")
    assert server.call(b"1 1", "/rows", headers=KEY).body == b"2.0"
