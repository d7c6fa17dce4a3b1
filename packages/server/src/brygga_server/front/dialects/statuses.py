"""Outcome -> status and headers, of the native dialect and of v1's: one table for both."""

from __future__ import annotations

from typing import NamedTuple

from brygga_server.front.outcomes import Outcome


class StatusRow(NamedTuple):
    """How one outcome is told."""

    native: int
    v1: int
    run_failed: bool = False  # x-ms-run-function-failed
    retry_after: bool = False


# Where v1 has none, its gateway's: of a worker that died.
STATUSES = {
    Outcome.OK: StatusRow(200, 200),
    Outcome.PASSED: StatusRow(200, 200),
    Outcome.BAD_INPUT: StatusRow(400, 400),
    Outcome.UNSUPPORTED_MEDIA: StatusRow(415, 415),
    Outcome.RUN_RAISED: StatusRow(500, 500, run_failed=True),
    Outcome.NOT_ENCODABLE: StatusRow(500, 500),
    Outcome.TIMEOUT: StatusRow(504, 500, run_failed=True),
    Outcome.OVERLOAD: StatusRow(503, 503, retry_after=True),
    Outcome.STARTING: StatusRow(503, 503, retry_after=True),
    Outcome.STOPPING: StatusRow(503, 503, retry_after=True),
    Outcome.WORKER_DIED: StatusRow(502, 502, run_failed=True),
    Outcome.OUT_OF_MEMORY: StatusRow(502, 502, run_failed=True),
    Outcome.UNAUTHORIZED: StatusRow(401, 401),
    Outcome.NOT_FOUND: StatusRow(404, 404),
    Outcome.METHOD_NOT_ALLOWED: StatusRow(405, 405),
    Outcome.BODY_TOO_LARGE: StatusRow(413, 413),
    Outcome.HEADERS_TOO_LARGE: StatusRow(431, 431),
    Outcome.MALFORMED: StatusRow(400, 400),
    Outcome.CLIENT_TOO_SLOW: StatusRow(408, 408),
    Outcome.CLIENT_GONE: StatusRow(499, 499),
}
