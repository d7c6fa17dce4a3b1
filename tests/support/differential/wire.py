"""One request to either server, and what of its answer the contract is about."""

from __future__ import annotations

import http.client
import re
import socket
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
_PATIENCE = 20.0
_CONTRACTUAL = re.compile(r"x-|traceid$|allow$|access-control-|content-type$|vary$")
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MILLISECONDS = re.compile(r"\d+\.\d{3}")


@dataclass(frozen=True)
class Request:
    """What is sent, each request on a connection of its own."""

    method: str = "POST"
    target: str = "/score"
    headers: Headers = ()
    body: bytes | None = None

    def encode(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: service", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body is not None and ("Transfer-Encoding", "chunked") not in self.headers:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (self.body or b"")


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: the connection was closed without an answer."""

    status: int
    headers: Headers
    body: bytes

    def differing(self, other: Answer) -> set[str]:
        """The parts that are not the same: `status`, `body` and names of headers."""
        parts = {name for name in ("status", "body") if getattr(self, name) != getattr(other, name)}
        names = {name for name, _ in self.headers + other.headers}
        return parts | {name for name in names if self.values(name) != other.values(name)}

    def shown(self, parts: set[str]) -> str:
        """Those parts, for people; status and beginning of the body in any case."""
        headers = {name: self.values(name) for name in parts if name not in ("status", "body")}
        return f"{self.status} {self.body[:200]!r} {headers or ''}"

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]


def ask(port: int, request: Request) -> Answer:
    """Sends a request and reads the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as sock:
        sock.sendall(request.encode())
        response = http.client.HTTPResponse(sock, method=request.method)
        try:
            response.begin()
            body = response.read()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return Answer(0, (), b"")
        sent = {value for _, value in request.headers}
        found = [(name.lower(), value) for name, value in response.getheaders()]
        kept = [
            (name, _by_format(name, value, sent))
            for name, value in found
            if _CONTRACTUAL.match(name)
        ]
        return Answer(response.status, tuple(sorted(kept)), body)


def _by_format(name: str, value: str, sent: set[str]) -> str:
    """Generated values are compared by their form; two that are one id are not looked at."""
    if name in ("x-request-id", "x-ms-request-id") and value not in sent:
        return "<uuid4>" if _UUID4.fullmatch(value) else value
    if name == "allow":
        return ", ".join(sorted(value.split(", ")))
    if name == "x-ms-run-fn-exec-ms":
        return "<milliseconds>" if _MILLISECONDS.fullmatch(value) else value
    return value
