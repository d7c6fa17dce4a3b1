"""Innocent clients and poisonous ones, for as long as one likes: no innocent is lost or wrong."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from support.front import PATIENCE, poll

MINUTES = float(os.environ.get("BRYGGA_SOAK_MINUTES", "0.3"))
LONG = "BRYGGA_SOAK_MINUTES" in os.environ
SEED = int(os.environ.get("BRYGGA_SOAK_SEED", random.SystemRandom().getrandbits(32) if LONG else 1))
JSON = {"Content-Type": "application/json"}

# What run() does for a poisonous request; the numbers are those of its rows.
POISONS = (
    "import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "import signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "import signal; os.killpg(0, signal.SIGTERM)",
    "import ctypes; ctypes.string_at(0)",
    "os._exit(7)",
    "os.closerange(3, 4096)",
    "os.abort()",
    "time.sleep(300)",
    "import ctypes; ctypes.CDLL(None).sleep(300)",
    "import collections, itertools; collections.deque(itertools.repeat(1), maxlen=0)",
    "while True: pass",
    "import threading\nlock = threading.Lock()\nwith lock, lock: pass",
    "raise SystemExit(3)",
    "raise KeyboardInterrupt",
    "raise BaseException('x')",
    "bytearray(1 << 60)",
    "if os.fork() == 0: time.sleep(300)\nos._exit(0)",
    "if os.fork() == 0: raise SystemExit(3)",
    "import subprocess; subprocess.Popen(['sleep', '300'])",
    "for _ in range(100): print('x' * 65535)",
)
SCRIPT = f"""
import json, os, time
import numpy as np
from brygga_scoring import batched
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

POISONS = {POISONS!r}

def init():
    pass

def swallow(number):
    exec(POISONS[number], {{"os": os, "time": time}})
"""
PLAIN = """
def run(raw):
    rows = json.loads(raw)["data"]
    for _, poison in rows:
        if poison >= 0:
            swallow(int(poison))
    return [row[0] for row in rows]
"""
BATCHED = """
@batched(max_rows=64)
@input_schema("data", NumpyParameterType(np.zeros((1, 2))))
def run(data):
    for poison in data[:, 1]:
        if poison >= 0:
            swallow(int(poison))
    return data[:, 0]
"""


@dataclass
class Tally:
    """What became of the innocent ones."""

    right: int = 0
    vanished: int = 0
    wrong: list[str] = field(default_factory=list)
    poisons: Counter[int] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.right} right, {len(self.wrong)} wrong, {self.vanished} vanished"


class Innocent(threading.Thread):
    """Asks on and on, each request with numbers of its own; some it does not wait for."""

    def __init__(self, number: int, port: int, is_over: Callable[[], bool], tally: Tally) -> None:
        super().__init__(name=f"innocent {number}")
        self._number, self._port, self._is_over, self._tally = number, port, is_over, tally
        self._random = random.Random(SEED * 1000 + number)

    def run(self) -> None:
        connection = self._connect()
        asked = 0
        while not self._is_over():
            asked += 1
            first = float(self._number * 10**9 + asked * 100)
            expected = [first + row for row in range(self._random.choice((1, 1, 1, 3, 20)))]
            body = json.dumps({"data": [[number, -1] for number in expected]})
            if self._random.random() < 0.01:
                connection = self._vanish(connection, body)
                continue
            begun = time.monotonic()
            try:
                connection.request("POST", "/score", body, JSON)
                answer = connection.getresponse()
                told: object = json.loads(answer.read())
                told = json.loads(told) if isinstance(told, str) else told
                status = answer.status
            except (OSError, ValueError, http.client.HTTPException) as error:
                connection.close()
                status, told = 0, repr(error)
            if (status, told) == (200, expected):
                self._tally.right += 1
            else:
                seconds = time.monotonic() - begun
                self._tally.wrong.append(f"{expected}: {status} {told} after {seconds:.2f} s")
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE * 2)

    def _vanish(
        self, connection: http.client.HTTPConnection, body: str
    ) -> http.client.HTTPConnection:
        connection.close()
        with socket.create_connection(("127.0.0.1", self._port)) as sock:
            head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            data = (head + body).encode()
            sock.sendall(data[: self._random.randrange(len(data) + 1)])
        self._tally.vanished += 1
        return self._connect()


class Poisoner(threading.Thread):
    """Sends one poison after the other, with a pause between; its answers are its own affair."""

    def __init__(self, port: int, is_over: Callable[[], bool], pause: float, tally: Tally) -> None:
        super().__init__(name="poisoner")
        self._port, self._is_over, self._pause, self._tally = port, is_over, pause, tally
        self._random = random.Random(SEED)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._is_over():
            order = self._random.sample(range(len(POISONS)), len(POISONS))
            for poison in order:
                if self._is_over():
                    return
                self._tally.poisons[poison] += 1
                self._send(poison)
                self._ended.wait(self._pause * self._random.uniform(0.5, 1.5))

    def _send(self, poison: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            body = json.dumps({"data": [[-1.0, poison]]})
            connection.request("POST", "/score", body, JSON)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


def soak(port: int, *, clients: int, seconds: float, pause: float) -> Tally:
    """Runs them all, and says what came of it."""
    tally = Tally()
    until = time.monotonic() + seconds

    def is_over() -> bool:
        return time.monotonic() >= until

    threads: list[threading.Thread] = [
        Innocent(n, port, is_over, tally) for n in range(1, clients + 1)
    ]
    threads.append(Poisoner(port, is_over, pause, tally))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


@dataclass
class FrontReplica:
    """A real front behind a Unix socket, started again when it ends, as an engine would."""

    folder: Path
    name: str
    settings: dict[str, object]

    def __enter__(self) -> Self:
        run = self.folder / self.name
        run.mkdir()
        settings = {"app_root": str(self.folder), "entry_script": "score.py", **self.settings}
        config = run / "serve.json"
        config.write_text(json.dumps({"version": 1, "settings": settings}))
        self._run, self._config = run, config
        self._process = self._start()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._keep)
        self._watch.start()
        poll((run / "s").exists, "a replica listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        self._process.kill()
        self._process.wait()

    @property
    def plan(self) -> dict[str, str]:
        return {"id": self.name, "socket": str(self._run / "s"), "end": str(self._run / "e")}

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            if self._process.poll() is not None:
                self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        module = "brygga_server.gateway.replica_process"
        places = [str(self._config), str(self._run / "s"), str(self._run / "e")]
        with (self._run / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *places], stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
