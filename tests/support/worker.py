"""A worker process and the front's end of its socket, for tests."""

import functools
import json
import mmap
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from brygga.environments import Interpreters
from brygga.errors import PythonNotFoundError
from brygga_server.worker import frames
from brygga_server.worker.frames import Place, Reply, Request

ARENA = 1 << 20
BOOTSTRAP = Path(frames.__file__).with_name("bootstrap.py")


def start_config(app_root: Path, **settings: Any) -> dict[str, Any]:
    """START for a script `score.py` in `app_root`."""
    base: dict[str, Any] = {"version": 1, "app_root": str(app_root), "entry_script": "score.py"}
    return base | settings


# This version without the packages of the development environment.
PLAIN_PYTHON = str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


@functools.cache
def find_python(version: str) -> str | None:
    """An interpreter of that version on this machine."""
    with tempfile.TemporaryDirectory() as home:
        try:
            return str(Interpreters(Path(home), downloads="never").find(version).path)
        except PythonNotFoundError:
            return None


class Worker:
    """One worker that has been started and told START."""

    def __init__(self, config: dict[str, Any], python: str = sys.executable) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(30)
        page_fd = os.memfd_create("progress", os.MFD_ALLOW_SEALING)
        os.ftruncate(page_fd, mmap.PAGESIZE + ARENA)
        self.page = mmap.mmap(page_fd, mmap.PAGESIZE + ARENA)
        self.arena = memoryview(self.page)[mmap.PAGESIZE :]
        self.released: list[int] = []
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        fds = (theirs.fileno(), page_fd)
        self.process = subprocess.Popen(
            [python, "-s", str(BOOTSTRAP), *map(str, fds)],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        theirs.close()
        os.close(page_fd)
        self.send(frames.encode_frame(frames.START, json.dumps(config).encode()))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_frame(self) -> tuple[int, memoryview]:
        """The next frame. Raises `EOFError` when the worker is gone."""
        kind, length = frames.decode_header(self._receive(frames.HEADER_SIZE))
        return kind, memoryview(self._receive(length))

    def greeting(self) -> tuple[int, dict[str, Any]]:
        """READY or FAILED."""
        kind, payload = self.read_frame()
        return kind, json.loads(bytes(payload))

    def ready(self) -> dict[str, Any]:
        """The contract of a worker that has to get ready."""
        kind, told = self.greeting()
        assert kind == frames.READY, told
        return told

    def ask(self, *requests: Request) -> list[Reply]:
        """Send the requests in one frame; their replies, in the order they come."""
        self.send(frames.encode_requests(list(requests)))
        return self.replies(len(requests))

    def replies(self, count: int) -> list[Reply]:
        got: list[Reply] = []
        while len(got) < count:
            kind, payload = self.read_frame()
            if kind == frames.RELEASE:
                self.released.append(frames.decode_number(payload))
                continue
            assert kind == frames.REPLIES, kind
            got += frames.decode_replies(payload)
        return got

    def stream(self) -> tuple[list[bytes], bytes]:
        """(chunks, error) of a streamed body after its reply."""
        chunks: list[bytes] = []
        while True:
            kind, payload = self.read_frame()
            data = bytes(frames.decode_chunk(payload)[1])
            if kind == frames.END:
                return chunks, data
            chunks.append(data)

    def running(self, slot: int = 0) -> tuple[int, float]:
        """(request id, start) of the progress page."""
        found: tuple[int, float] = struct.unpack_from("<Qd", self.page, slot * 16)
        return found

    def wait_for_running(self, request_id: int, slot: int = 0) -> None:
        deadline = time.monotonic() + 10
        while self.running(slot)[0] != request_id:
            assert time.monotonic() < deadline, "the request has not started"
            time.sleep(0.001)

    def log(self) -> str:
        """What it has written so far."""
        self._log.seek(0)
        return self._log.read().decode()

    def stop(self) -> int:
        """Say STOP and wait; the exit code."""
        self.send(frames.encode_frame(frames.STOP))
        return self.process.wait(10)

    def close(self) -> None:
        self.socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.arena.release()
        self.page.close()
        self._log.close()

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError("the worker is gone: " + self.log())
            data += part
        return data


@contextmanager
def started(config: dict[str, Any], python: str = sys.executable) -> Iterator[Worker]:
    """A worker for the time of a block."""
    worker = Worker(config, python)
    try:
        yield worker
    finally:
        worker.close()


def body(id_: int, data: bytes | str, flags: int = 0, meta: bytes = b"") -> Request:
    """A POST."""
    raw = data.encode() if isinstance(data, str) else data
    return Request(id_, frames.BODY, f"rid-{id_}", meta, raw, flags)


def arrays(id_: int, data: Any, **values: Any) -> Request:
    """A POST whose numbers the front has parsed, for run(data)."""
    return Request(id_, frames.ARRAYS, f"rid-{id_}", _meta(data, values), data.tobytes())


def joined(first: int, *parts: Any, place: Place | None = None) -> bytes:
    """A frame of requests for run(data) that run as one; their arrays lie at `place`, if given."""
    ids = list(range(first, first + len(parts)))
    together = np.concatenate(parts)
    names = "\0".join(f"rid-{id_}" for id_ in ids)
    body = place or [part.tobytes() for part in parts]
    return b"".join(
        frames.joined_parts(ids, [len(p) for p in parts], names, _meta(together, {}), body)
    )


def _meta(data: Any, values: dict[str, Any]) -> bytes:
    described = {"name": "data", "dtype": data.dtype.str, "shape": data.shape, "offset": 0}
    return json.dumps({"arrays": [described], "values": values}).encode()
