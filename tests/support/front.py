"""A real server in a process of its own, and clients for it."""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self, TypeVar

from brygga_server.orphans import tagged

PATIENCE = 20.0
T = TypeVar("T")


def poll(question: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """The first true answer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = question()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        found = self.json
        assert isinstance(found, dict)
        return str(found["message"])


@dataclass
class Server:
    """`brygga-server` with a script, on a port of its own."""

    folder: Path
    script: str
    settings: dict[str, object] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    program: tuple[str, ...] = ("-m", "brygga_server.cli")
    port: int = 0
    files: int | None = None  # how many the server may open
    clients: list[socket.socket] = field(default_factory=list)
    scheme: str = "http"
    context: ssl.SSLContext | None = None  # what clients of an encrypted one trust

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "score.py").write_text(self.script)
        self.log = self.folder / "log.txt"
        self.config = self.write_config("config.json", {})
        self.tag = os.urandom(8).hex()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "--config", self.config, *self.arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TEST_TAG": self.tag},
                start_new_session=True,
                preexec_fn=self._limit_files,  # noqa: PLW1509 - this process has one thread
            )
        try:
            self.port = self._find_port()
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for sock in self.clients:
            sock.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def write_config(self, name: str, changes: dict[str, object]) -> str:
        """A configuration file in the server's folder."""
        settings = {
            "app_root": str(self.folder),
            "entry_script": "score.py",
            "port": 0,
            **self.settings,
            **changes,
        }
        path = self.folder / name
        path.write_text(json.dumps({"version": 1, "settings": settings}))
        return str(path)

    def call(
        self,
        body: object = None,
        path: str = "/score",
        method: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own; `body` is sent as JSON unless it is bytes."""
        connection = self._client()
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            connection.request(
                method or ("GET" if data is None else "POST"), path, data, headers or {}
            )
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def _client(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE, context=self.context
        )

    def connect(self) -> socket.socket:
        """A bare connection, closed with the server at the latest."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.clients.append(sock)
        return sock

    def wait_ready(self) -> Self:
        """Until a worker can be given requests."""
        poll(self._is_ready, f"the server is ready; {self.output()}")
        return self

    def control(self, request: dict[str, object]) -> dict[str, object]:
        """Asks the control socket, which has to be `control` in the folder."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(str(self.settings["control_socket"]))
            sock.sendall(json.dumps({"version": 1, **request}).encode() + b"\n")
            found = json.loads(sock.makefile().readline())
            assert isinstance(found, dict)
            return found

    def output(self) -> str:
        """The log so far."""
        return self.log.read_text(errors="replace")

    def processes(self) -> list[int]:
        """All living processes that this server started, directly or not."""
        tag = f"TEST_TAG={self.tag}".encode()
        pids = (int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit())
        return [pid for pid in pids if tagged(pid, tag) and not _zombie(pid)]

    def workers(self) -> list[int]:
        """Process ids of living workers."""
        return [pid for pid in self.processes() if b"bootstrap.py" in _command(pid)]

    def open_files(self) -> int:
        """Descriptors of the front."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def gauge(self, name: str) -> float:
        """A number of `/metrics`."""
        page = self.call(path="/metrics").body.decode()
        return float(
            next(x for x in page.splitlines() if x.startswith(f"brygga_{name} ")).split()[1]
        )

    def _limit_files(self) -> None:
        if self.files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.output()
        return self.call(path="/ready").status == 200

    def _find_port(self) -> int:
        pattern = re.compile(self.scheme + r"://127\.0\.0\.1:(\d+)")

        def look() -> int | None:
            found = pattern.search(self.output())
            if found is None:
                assert self.process.poll() is None, self.output()
                return None
            return int(found[1])

        return poll(look, "the server says where it listens")


@dataclass
class Crowd:
    """Innocent clients, each on a kept connection, that count what they get.

    Without a number of `requests` they go on until `stop_after`.
    """

    server: Server
    clients: int
    requests: int | None
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._endless = self.requests is None
        self._threads = [
            threading.Thread(target=self._client, args=(n,)) for n in range(self.clients)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._endless:
            self.requests = 0
        for thread in self._threads:
            thread.join()

    @property
    def sent(self) -> int:
        """How many requests the whole crowd made, or is going to make."""
        return (
            len(self.wrong) + self.right if self._endless else self.clients * (self.requests or 0)
        )

    def stop_after(self, more: int) -> None:
        """Ends after so many more answers."""
        wanted = self.right + more
        poll(lambda: self.right >= wanted or self.wrong, "the crowd goes on")
        self.requests = 0

    def _client(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        for turn in count():
            if self.requests is not None and turn >= self.requests:
                break
            sent = {"echo": number * 1_000_000 + turn}
            try:
                connection.request("POST", "/score", json.dumps(sent))
                response = connection.getresponse()
                got = (response.status, json.loads(response.read()))
                verdict = None if got == (200, sent["echo"]) else f"{sent} -> {got}"
            except (OSError, ValueError, http.client.HTTPException) as error:
                verdict = f"{sent} -> {error!r}"
                connection.close()
            with self._lock:
                if verdict is None:
                    self.right += 1
                else:
                    self.wrong.append(verdict)
        connection.close()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
