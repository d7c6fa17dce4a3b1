"""Replicas that do as they are told, and a gateway in a process of its own before them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from support.front import poll

Serve = Callable[[socket.socket, bytes, bytes], bool]
"""Answers a request (its head and body) on a socket; False ends the connection."""


def plain(text: str) -> Serve:
    """Answers each request with a text."""

    def serve(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text.encode())
        )
        return True

    return serve


class Planned(Protocol):
    """What a gateway's plan can name."""

    @property
    def plan(self) -> dict[str, str]: ...


class Replica:
    """Listens on a Unix socket and answers /ready by itself, the rest as `serve` says."""

    def __init__(self, folder: Path, name: str, serve: Serve | None = None) -> None:
        self.name = name
        self.path = folder / f"{name}.sock"
        self.end = folder / f"{name}.end"
        self.serve = serve or plain(name)
        self.ready = True
        self.starting = False
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.ended = threading.Event()
        self._servers: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listen(self.path, self._talk)
        self._listen(self.end, self._note_end)
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def die(self) -> None:
        """As a process dies: everything is closed, whatever was going on."""
        for sock in (*self._servers, *self.connections):
            # A thread may be blocked in it: closing alone would not wake it.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._servers.clear()
        self.connections.clear()

    def stop_listening(self) -> None:
        """Takes no new connections, and keeps those it has."""
        for sock in self._servers:
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._servers.clear()
        self.path.unlink()

    @property
    def plan(self) -> dict[str, str]:
        return {"id": self.name, "socket": str(self.path), "end": str(self.end)}

    def _listen(self, path: Path, handle: Callable[[socket.socket], None]) -> None:
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(path))
        server.listen(100)
        self._servers.append(server)

        def accept() -> None:
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                self.connections.append(sock)
                threading.Thread(target=handle, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def _note_end(self, sock: socket.socket) -> None:
        self.ended.set()
        sock.close()

    def _talk(self, sock: socket.socket) -> None:
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    part = sock.recv(65536)
                    if not part:
                        return
                    data += part
                head, _, data = data.partition(b"\r\n\r\n")
                if head.startswith(b"GET /ready "):
                    status = b"200 OK" if self.ready else b"503 Service Unavailable"
                    body = b'"starting"' if self.starting and not self.ready else b'"-"'
                    sock.sendall(
                        b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
                    )
                    if b"Connection: close" in head:
                        return
                    continue
                length = _length(head)
                if b"transfer-encoding: chunked" in head.lower():
                    while not data.endswith(b"0\r\n\r\n"):
                        data += sock.recv(65536)
                    length = len(data)
                while len(data) < length:
                    part = sock.recv(65536)
                    if not part:
                        return
                    data += part
                body, data = data[:length], data[length:]
                self.requests.append(head)
                if not self.serve(sock, head, body):
                    return
        except OSError:
            return
        finally:
            sock.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@dataclass
class Gateway:
    """`brygga_server.gateway` in a process of its own, on a port of its own."""

    folder: Path
    replicas: Sequence[Planned]
    proven: bool = True
    more: Mapping[str, object] = field(default_factory=dict)
    current: Mapping[str, object] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.plan = self.folder / "gateway.json"
        self.control = self.folder / "control.sock"
        self.log = self.folder / "gateway.log"
        content = {
            "version": 1,
            "control_socket": str(self.control),
            "current": {
                **self.generation("1", 1, self.replicas, proven=self.proven),
                **self.current,
            },
            **self.more,
        }
        self.plan.write_text(json.dumps(content))
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self.socket.getsockname()[1])
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.close()

    def start(self) -> None:
        """Starts the process; also again, on the same port, after it was killed."""
        fd = self.socket.fileno()
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "brygga_server.gateway", str(self.plan)]
            self.process = subprocess.Popen(
                [*command, "--listen-fd", str(fd)],
                pass_fds=[fd],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ,
            )
        poll(self.answers, "the gateway answers")

    @staticmethod
    def generation(
        name: str, revision: int, replicas: Sequence[Planned], *, proven: bool = False
    ) -> dict[str, object]:
        return {
            "id": name,
            "revision": revision,
            "replicas": [r.plan for r in replicas],
            "proven": proven,
        }

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return bool(self.status())
        except OSError:
            return False

    def ask(self, op: str, **more: object) -> dict[str, object]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(str(self.control))
            sock.sendall(json.dumps({"version": 1, "op": op, **more}).encode() + b"\n")
            answer = json.loads(sock.makefile().readline())
        assert isinstance(answer, dict)
        return answer

    def status(self) -> dict[str, object]:
        return self.ask("status")

    def wait_for(self, **expected: object) -> None:
        """Until status says so."""

        def holds() -> bool:
            status = self.status()
            return all(status[name] == value for name, value in expected.items())

        poll(holds, f"{expected}, it is {self.status()}")

    def connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port))
        sock.settimeout(20)
        return sock

    def exchange(self, data: bytes, until: Callable[[bytes], bool] | None = None) -> bytes:
        """Sends bytes and reads until the connection ends, or `until` holds."""
        with self.connect() as sock:
            sock.sendall(data)
            received = b""
            while until is None or not until(received):
                part = sock.recv(65536)
                if not part:
                    break
                received += part
            return received

    def get(self, path: str = "/score", body: bytes = b"") -> tuple[int, bytes]:
        """One request on a connection of its own."""
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        received = self.exchange(
            head.encode() + b"Connection: close\r\n\r\n" + body, until=complete
        )
        return int(received[9:12]), received.partition(b"\r\n\r\n")[2]


class House:
    """Makes replicas and gateways that end with the test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    def replica(self, name: str, **options: object) -> Replica:
        return self._stack.enter_context(Replica(self.folder, name, **options))  # type: ignore[arg-type]

    def gateway(self, *replicas: Planned, **options: object) -> Gateway:
        return self._stack.enter_context(Gateway(self.folder, replicas, **options))  # type: ignore[arg-type]


def complete(received: bytes) -> bool:
    """Whether there is a whole response with a Content-Length."""
    head, found, body = received.partition(b"\r\n\r\n")
    return bool(found) and len(body) >= _length(head)
