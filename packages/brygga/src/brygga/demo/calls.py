"""Asking the demo's model: without a service, and over plain HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from brygga.demo.data import Images, Labels
from brygga.error_codes import ErrorCode
from brygga.errors import ScriptError, ServiceCallError

if TYPE_CHECKING:
    from brygga.services import Service, TestReport

_ROWS = 500


def in_parts(images: Images) -> list[dict[str, Images]]:
    """The images as inputs of a size that a request may well have."""
    return [{"data": images[start : start + _ROWS]} for start in range(0, len(images), _ROWS)]


def answers(report: TestReport) -> Labels:
    """What a local test answered to `in_parts`, a digit for each image.

    Raises:
        ScriptError: init() did not come through.
        ServiceCallError: run() did not.
    """
    if report.diagnosis is not None:
        raise ScriptError(report.diagnosis)
    for request in report.requests:
        if not request.ok:
            raise ServiceCallError(
                f"run() failed: {request.error}\n{request.traceback}",
                status=None,
                code=ErrorCode.CALL_FAILED,
            )
    parts: Sequence[Labels] = [np.array(request.answer) for request in report.requests]
    return np.concatenate(parts)


def post(service: Service, images: Images) -> tuple[int, str]:
    """Sends images as any program could, with the standard library; returns status and body."""
    address = urlsplit(service.scoring_uri or "")
    connection = http.client.HTTPConnection(address.netloc, timeout=70)
    try:
        connection.request(
            "POST",
            address.path,
            body=json.dumps({"data": images.tolist()}),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {service.get_keys().primary}",
            },
        )
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
