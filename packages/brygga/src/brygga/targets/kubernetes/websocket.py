"""As much of a WebSocket (RFC 6455) as commands in pods and forwarded ports need."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from typing import Self
from urllib.parse import SplitResult, urlsplit

PROTOCOL = "v4.channel.k8s.io"
"""Each message begins with a byte that names its channel."""

_BINARY, _CLOSE, _PING, _PONG = 2, 8, 9, 10
_FINAL, _MASKED, _LENGTH = 0x80, 0x80, 0x7F
_LONGEST_HEAD = 64 << 10


class HandshakeError(OSError):
    """The other side has answered otherwise; with its status and what it said."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"answered {status}: {body}")
        self.status = status
        self.body = body


class WebSocket:
    """A connection that is open. Sending may be done by several threads, reading by one."""

    def __init__(self, sock: socket.socket, rest: bytes = b"") -> None:
        self._sock = sock
        self._rest = rest
        self._sending = threading.Lock()

    @classmethod
    def open(
        cls,
        url: str,
        headers: Mapping[str, str],
        context: ssl.SSLContext | None,
        *,
        timeout_s: float = 10.0,
    ) -> Self:
        """Connects and shakes hands.

        Raises:
            HandshakeError: it is refused.
            OSError: nobody answers.
        """
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        sock: socket.socket = socket.create_connection((host, port), timeout=timeout_s)
        try:
            if parts.scheme == "https":
                assert context is not None
                sock = context.wrap_socket(sock, server_hostname=host)
            sock.sendall(_request(parts, headers))
            rest = _read_answer(sock)
            sock.settimeout(None)
        except BaseException:
            sock.close()
            raise
        return cls(sock, rest)

    def send(self, payload: bytes) -> None:
        """Sends one message; what comes from a client is masked."""
        self._send(_BINARY, payload)

    def receive(self, timeout_s: float | None = None) -> bytes | None:
        """The next message; None where the other side has ended the talk.

        Raises:
            TimeoutError: nothing came for so long.
        """
        self._sock.settimeout(timeout_s)
        whole = b""
        while True:
            try:
                final, opcode, payload = self._frame()
            except (ConnectionError, EOFError, ssl.SSLEOFError):
                return None
            if opcode == _CLOSE:
                return None
            if opcode == _PING:
                self._send(_PONG, payload)
            elif opcode != _PONG:
                whole += payload
                if final:
                    return whole

    def close(self) -> None:
        """Ends it; idempotent."""
        with contextlib.suppress(OSError):  # it has ended already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", _FINAL | opcode, _MASKED | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", _FINAL | opcode, _MASKED | 126, size)
        else:
            head = struct.pack("!BBQ", _FINAL | opcode, _MASKED | 127, size)
        mask = os.urandom(4)
        with self._sending:
            self._sock.sendall(head + mask + _masked(payload, mask))

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        size = second & _LENGTH
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4) if second & _MASKED else b""
        payload = self._exactly(size)
        return bool(first & _FINAL), first & 0x0F, _masked(payload, mask) if mask else payload

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            more = self._sock.recv(max(65_536, size - len(self._rest)))
            if not more:
                raise EOFError
            self._rest += more
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _request(parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {PROTOCOL}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _read_answer(sock: socket.socket) -> bytes:
    """What has come behind the head of a hand that was taken."""
    found = b""
    while b"\r\n\r\n" not in found:
        more = sock.recv(4096)
        if not more or len(found) > _LONGEST_HEAD:
            raise ConnectionError("it ended within the head of its answer")
        found += more
    head, _, rest = found.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    if status != 101:
        sock.settimeout(1.0)
        with contextlib.suppress(OSError):  # what has come has to do
            while more := sock.recv(4096):
                rest += more
        raise HandshakeError(status, rest.decode("utf-8", "replace").strip())
    return rest


def _masked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    whole = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return whole.to_bytes(size, "big")
