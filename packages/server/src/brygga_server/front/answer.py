"""What a client is told, before anybody has thought of how it travels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from brygga_server.front.outcomes import Outcome
from brygga_server.worker.frames import Buffer

Field = tuple[str, str]
"""Name and value of a header, or of whatever a transport has in its place."""


class Head:
    """A status, and the fields that answers of one kind have in common.

    Those of the kinds that are given all the time are made once. `rendered` is for the transport:
    what it has made of a head, to be used again.
    """

    __slots__ = ("fields", "rendered", "status")

    def __init__(self, status: int, *fields: Field) -> None:
        self.status = status
        self.fields = fields
        self.rendered = b""


class Answer(NamedTuple):
    """One answer; where its body comes in parts, `body` is the first of them."""

    outcome: Outcome
    head: Head
    fields: Sequence[Field]  # beside those of the head
    body: Buffer
