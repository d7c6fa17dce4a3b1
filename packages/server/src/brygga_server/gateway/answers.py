"""What the gateway says itself, where no replica can."""

from __future__ import annotations

import json

_REASONS = {
    400: "Bad Request",
    404: "Not Found",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def answer(status: int, message: str, *, close: bool, body: bool = True) -> bytes:
    """A complete response with a JSON message; without its body where HEAD was asked."""
    text = json.dumps({"message": message}).encode()
    lines = [
        f"HTTP/1.1 {status} {_REASONS[status]}",
        "Content-Type: application/json",
        f"Content-Length: {len(text)}",
    ]
    if status == 503:
        lines.append("Retry-After: 1")
    if status in (502, 503):
        lines.append(f"x-ms-run-function-failed: {status == 502}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (text if body else b"")
