"""What can become of a request; how it is told is for dialects to say."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from brygga_server.worker import frames


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


class Refusal(NamedTuple):
    """Why a request is answered before it has been read, or run."""

    outcome: Outcome
    message: str = ""


_UNEXPECTED = "An unexpected error occurred in scoring script. Check the logs for more info."
_INTERNAL = "An unexpected internal error occurred. Check the logs for more info."
_NOWHERE = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)

MESSAGES = {
    Outcome.BAD_INPUT: "The input is not what run() can take.",
    Outcome.UNSUPPORTED_MEDIA: "Expects Content-Type to be application/json",
    Outcome.RUN_RAISED: _UNEXPECTED,
    Outcome.NOT_ENCODABLE: _INTERNAL,
    Outcome.TIMEOUT: "Scoring timeout",
    Outcome.OVERLOAD: "The service is busy; try again shortly.",
    Outcome.STARTING: "starting",
    Outcome.STOPPING: "The service is stopping.",
    Outcome.WORKER_DIED: "The worker died while it ran this request.",
    Outcome.OUT_OF_MEMORY: "The worker ran out of memory with this request.",
    Outcome.UNAUTHORIZED: "A key is needed: Authorization: Bearer <key>.",
    Outcome.NOT_FOUND: _NOWHERE,
    Outcome.METHOD_NOT_ALLOWED: "The method is not allowed for the requested URL.",
    Outcome.BODY_TOO_LARGE: "The body is too large.",
    Outcome.HEADERS_TOO_LARGE: "The head of the request is too large.",
    Outcome.MALFORMED: "The request is malformed.",
    Outcome.CLIENT_TOO_SLOW: "The rest of the request did not come in time.",
}
"""What a client is told where nothing more exact is known."""

FROM_WORKER = {
    frames.OK: Outcome.OK,
    frames.BAD_INPUT: Outcome.BAD_INPUT,
    frames.RUN_RAISED: Outcome.RUN_RAISED,
    frames.NOT_ENCODABLE: Outcome.NOT_ENCODABLE,
    frames.UNSUPPORTED_MEDIA: Outcome.UNSUPPORTED_MEDIA,
    frames.PASSED: Outcome.PASSED,
}
