"""v1's dialect: what clients of Microsoft's server know, to the letter."""

from __future__ import annotations

from brygga_server.front.answer import Field, Head
from brygga_server.front.dialects.bodies import from_json
from brygga_server.front.dialects.score import FAILED, HTML, ScoreDialect
from brygga_server.front.dialects.statuses import StatusRow
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.outcomes import Outcome
from brygga_server.front.request import ClientRequest


class V1Dialect(ScoreDialect):
    """What `azmlinfsrv` and services of the facade speak."""

    cors_for_all = False

    def read(self, request: ClientRequest, inputs: Inputs) -> Form | None:
        """See `Dialect`."""
        if not inputs.open or request.method != b"POST" or not request.is_json:
            return None
        return from_json(request, inputs)

    def _status(self, row: StatusRow) -> int:
        return row.v1

    def _message(self, outcome: Outcome, message: str) -> str:
        return "" if outcome is Outcome.NOT_ENCODABLE else message

    def _allow(self, request: ClientRequest) -> list[Field]:  # noqa: ARG002 - the native one needs it
        return []

    def _methods(self, request: ClientRequest, *, scored: bool) -> tuple[Head, list[Field]]:
        if scored:  # said as if it had been scored
            return Head(200, HTML, (FAILED, "False")), []
        return Head(200, HTML), [("Allow", request.allow)]

    def _failed(self, outcome: Outcome, status: int, said: list[str]) -> list[str]:  # noqa: ARG002
        return ["False"] if outcome is Outcome.OK else said
