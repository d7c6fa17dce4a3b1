"""What became of a request, and what the client is told: one table for both profiles."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from brygga_server.worker import frames

_REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently",
    302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    413: "Content Too Large", 415: "Unsupported Media Type", 417: "Expectation Failed",
    422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip


class Outcome(StrEnum):
    """Why a request was answered as it was; metrics and logs name it."""

    OK = "ok"
    PASSED = "passed"  # run() chose the status itself
    BAD_INPUT = "bad_input"
    UNSUPPORTED_MEDIA = "unsupported_media"
    RUN_RAISED = "run_raised"
    NOT_ENCODABLE = "not_encodable"
    TIMEOUT = "timeout"
    OVERLOAD = "overload"
    STARTING = "starting"
    STOPPING = "stopping"
    WORKER_DIED = "worker_died"
    OUT_OF_MEMORY = "out_of_memory"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    HEADERS_TOO_LARGE = "headers_too_large"
    MALFORMED = "malformed"
    CLIENT_TOO_SLOW = "client_too_slow"
    CLIENT_GONE = "client_gone"  # answered to nobody, only counted


class OutcomeRow(NamedTuple):
    """The answer to one cause."""

    native: int
    v1: int
    run_failed: bool  # x-ms-run-function-failed
    message: str  # where nothing more exact is known
    retry_after: bool = False


_UNEXPECTED = "An unexpected error occurred in scoring script. Check the logs for more info."
_INTERNAL = "An unexpected internal error occurred. Check the logs for more info."
_NOWHERE = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)

ROWS = {
    Outcome.OK: OutcomeRow(200, 200, False, ""),
    Outcome.PASSED: OutcomeRow(200, 200, False, ""),
    Outcome.BAD_INPUT: OutcomeRow(400, 400, False, "The input is not what run() can take."),
    Outcome.UNSUPPORTED_MEDIA: OutcomeRow(
        415, 415, False, "Expects Content-Type to be application/json"
    ),
    Outcome.RUN_RAISED: OutcomeRow(500, 500, True, _UNEXPECTED),
    Outcome.NOT_ENCODABLE: OutcomeRow(500, 500, False, _INTERNAL),
    Outcome.TIMEOUT: OutcomeRow(504, 500, True, "Scoring timeout"),
    Outcome.OVERLOAD: OutcomeRow(503, 503, False, "The service is busy; try again shortly.", True),
    Outcome.STARTING: OutcomeRow(503, 503, False, "starting", True),
    Outcome.STOPPING: OutcomeRow(503, 503, False, "The service is stopping.", True),
    Outcome.WORKER_DIED: OutcomeRow(502, 502, True, "The worker died while it ran this request."),
    Outcome.OUT_OF_MEMORY: OutcomeRow(
        502, 502, True, "The worker ran out of memory with this request."
    ),
    Outcome.UNAUTHORIZED: OutcomeRow(
        401, 401, False, "A key is needed: Authorization: Bearer <key>."
    ),
    Outcome.NOT_FOUND: OutcomeRow(404, 404, False, _NOWHERE),
    Outcome.METHOD_NOT_ALLOWED: OutcomeRow(
        405, 405, False, "The method is not allowed for the requested URL."
    ),
    Outcome.BODY_TOO_LARGE: OutcomeRow(413, 413, False, "The body is too large."),
    Outcome.HEADERS_TOO_LARGE: OutcomeRow(431, 431, False, "The head of the request is too large."),
    Outcome.MALFORMED: OutcomeRow(400, 400, False, "The request is malformed."),
    Outcome.CLIENT_TOO_SLOW: OutcomeRow(
        408, 408, False, "The rest of the request did not come in time."
    ),
    Outcome.CLIENT_GONE: OutcomeRow(499, 499, False, ""),
}

FROM_WORKER = {
    frames.OK: Outcome.OK,
    frames.BAD_INPUT: Outcome.BAD_INPUT,
    frames.RUN_RAISED: Outcome.RUN_RAISED,
    frames.NOT_ENCODABLE: Outcome.NOT_ENCODABLE,
    frames.UNSUPPORTED_MEDIA: Outcome.UNSUPPORTED_MEDIA,
    frames.PASSED: Outcome.PASSED,
}


def reason(status: int) -> str:
    """The reason phrase of a status; of unknown ones, that of their class is not guessed."""
    return _REASONS.get(status, "Status")
