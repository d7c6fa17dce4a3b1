"""What a cluster refuses, and what it only fails at, in words that are read as one sentence."""

import json

import pytest

from brygga.error_codes import ErrorCode
from brygga.targets.kubernetes.refusals import refusal


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (403, "The cluster does not let you read its version: no.", "A policy of the cluster"),
        (422, "The cluster does not let you read its version: no.", "Correct what is named"),
        (503, "The cluster failed when it was asked to read its version: no.", "Try again"),
    ],
)
def test_a_refusal_is_told_from_a_failure(status: int, message: str, hint: str) -> None:
    found = refusal(status, json.dumps({"message": "no"}).encode(), "read its version", "ml")

    assert (found.message, found.code) == (message, ErrorCode.CLUSTER_REFUSED)
    assert found.hint.startswith(hint)
