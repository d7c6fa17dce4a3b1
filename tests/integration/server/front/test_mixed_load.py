"""All kinds of requests at once, each with numbers of its own: everybody gets exactly theirs."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from support.front import PATIENCE, Server, poll

SCRIPT = """
import os, random, threading, time
import numpy as np
from brygga_scoring import batched
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

WELL, RAISES, DIES, SLEEPS, FORKS = range(5)
kept, lock = [], threading.Lock()
children = set()

def init():
    pass

DECLARATION
@input_schema("data", NumpyParameterType(np.zeros((1, 64))))
def run(data):
    asked = set(data[:, 1].astype(int))
    if RAISES in asked:
        raise ValueError("asked to")
    if DIES in asked:
        os._exit(3)
    if SLEEPS in asked:
        time.sleep(0.3)
    if FORKS in asked and os.fork() == 0:
        os._exit(0)
    data[:, 2] += 1  # it is the script's
    with lock:  # what was kept is as it was, whoever came since
        assert all(part.sum() == total for part, total in kept), "what was kept has changed"
        if random.random() < 0.1:
            part = data[: len(data) // 2 + 1]
            kept.append((part, part.sum()))
            del kept[:-5]
    assert (data[:, 2] == 8).all(), "somebody has written here"
    numbers = data[:, 0]
    return numbers.tolist() if data[0, 3] == 1 else numbers
"""
WELL, RAISES, DIES, SLEEPS, FORKS = range(5)
STATUS = {WELL: 200, RAISES: 500, DIES: 502, SLEEPS: 200, FORKS: 200}
WEIGHTS = (960, 12, 2, 16, 10)
CLIENTS = 16
SECONDS = 2.5
JSON = {"Content-Type": "application/json"}


class Client:
    """Asks on and on; some of its requests it does not wait for."""

    def __init__(self, number: int, port: int, until: float) -> None:
        self.counts: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._number, self._port, self._until = number, port, until
        self._random = random.Random(number)

    def run(self) -> None:
        asked = 0
        connection = self._connect()
        while time.monotonic() < self._until:
            asked += 1
            kind = self._random.choices(range(5), WEIGHTS)[0]
            body = self._body(asked, kind)
            if self._random.random() < 0.02:
                self._vanish(connection, body)
                connection = self._connect()
                continue
            connection.request("POST", "/score", json.dumps(body), JSON)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            expected = [row[0] for row in body["data"]]
            if answer.status != STATUS[kind] or (answer.status == 200 and told != expected):
                self.wrong.append(f"{kind}: {answer.status} {told} instead of {expected}")
            self.counts[kind] += 1
        connection.close()

    def _body(self, asked: int, kind: int) -> dict[str, list[list[float]]]:
        rows = self._random.choice((1, 1, 1, 2, 5, 30, 90))
        first = self._number * 1e8 + asked * 1e3
        rest = [self._random.random() for _ in range(60)]
        shape = self._random.choice((0, 1))
        return {"data": [[first + row, kind, 7.0, shape, *rest] for row in range(rows)]}

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)

    def _vanish(self, connection: http.client.HTTPConnection, body: object) -> None:
        data = json.dumps(body)
        connection.putrequest("POST", "/score")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data[: self._random.randrange(len(data) + 1)].encode())
        connection.close()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("declaration", ["", "@batched(max_rows=256)"], ids=["single", "batched"])
def test_everybody_gets_their_own(
    tmp_path: Path, declaration: str, workers: int, threads: int
) -> None:
    script = SCRIPT.replace("DECLARATION", declaration)
    settings: dict[str, object] = {"workers": workers, "threads_per_worker": threads}
    with Server(tmp_path / "service", script, settings) as server:
        server.wait_ready()
        until = time.monotonic() + SECONDS
        clients = [Client(number, server.port, until) for number in range(1, CLIENTS + 1)]
        running = [threading.Thread(target=client.run) for client in clients]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        assert [wrong for client in clients for wrong in client.wrong] == []
        assert sum(client.counts[WELL] for client in clients) > 100
        for gauge in ("in_flight", "queue_length", "buffered_bytes"):
            poll(lambda name=gauge: server.gauge(name) == 0, f"no {gauge} is left")  # type: ignore[misc]
