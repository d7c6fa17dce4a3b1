"""Answers as HTTP/1.1 writes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from time import gmtime, time

from brygga_server.front.answer import Answer, Field, Head

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
NO_BODY = frozenset((204, 304))
_REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently",
    302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    413: "Content Too Large", 415: "Unsupported Media Type", 417: "Expectation Failed",
    422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip


def write_head(answer: Answer, framing: str) -> bytes:
    """The head of an answer.

    Args:
        answer: Whose fields may hold anything: they cannot get out of their line.
        framing: The lines that say where its body ends, and whether the connection does.
    """
    head, fields = answer.head, answer.fields
    lines = ""
    for name, value in fields:
        lines += f"{name}: {value}\r\n"
    if not lines.count("\n") == lines.count("\r") == len(fields):
        lines = _lines(fields)
    start = head.rendered or _render(head)
    return start + f"{_date(int(time()))}{framing}{lines}\r\n".encode("latin-1", "replace")


@lru_cache(maxsize=1)  # many answers are given in one second
def _date(second: int) -> str:
    # Not by `email.utils`, whose imports take longer than those of half the front.
    at = gmtime(second)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"Date: {day}, {at.tm_mday:02} {month} {at.tm_year} {clock} GMT\r\n"


def _render(head: Head) -> bytes:
    start = f"HTTP/1.1 {head.status} {_REASONS.get(head.status, 'Status')}\r\n"
    head.rendered = (start + _lines(head.fields)).encode("latin-1", "replace")
    return head.rendered


def _lines(fields: Sequence[Field]) -> str:
    return "".join([f"{_line(name)}: {_line(value)}\r\n" for name, value in fields])


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
