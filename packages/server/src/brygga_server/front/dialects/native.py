"""The native dialect: v1's words, with statuses that say what happened, and arrays as they are."""

from __future__ import annotations

from collections.abc import Mapping

from brygga_server.front.answer import Field, Head
from brygga_server.front.dialects.bodies import NPY, RAW, from_json, from_numbers
from brygga_server.front.dialects.score import FAILED, HTML, ScoreDialect
from brygga_server.front.dialects.statuses import StatusRow
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.request import CODINGS, ClientRequest

_CODING = b"content-encoding"


class NativeDialect(ScoreDialect):
    """What `brygga-server` and `brygga deploy` speak."""

    headers = ScoreDialect.headers | {_CODING}

    def _begin(self, request: ClientRequest, said: Mapping[bytes, bytes]) -> Refusal | None:
        coding = said.get(_CODING)
        if coding is not None:
            said = {name: value for name, value in said.items() if name != _CODING}
        refusal = super()._begin(request, said)
        if refusal is not None or coding is None:
            return refusal
        coding = coding.strip().lower()
        if coding in CODINGS:
            request.coding = coding
        elif coding not in (b"", b"identity"):
            shown = coding.decode("latin-1")[:80]
            message = f"Content-Encoding {shown} is not read here; gzip, deflate and identity are."
            return Refusal(Outcome.UNSUPPORTED_MEDIA, message)
        return None

    def read(self, request: ClientRequest, inputs: Inputs) -> Form | None:
        """See `Dialect`."""
        if not inputs.open or request.method != b"POST":
            return None
        if request.is_json:
            return from_json(request, inputs)
        kind = request.media_type
        return from_numbers(request, inputs, kind) if kind in (NPY, RAW) else None

    def _status(self, row: StatusRow) -> int:
        return row.native

    def _message(self, outcome: Outcome, message: str) -> str:  # noqa: ARG002 - v1's needs it
        return message

    def _allow(self, request: ClientRequest) -> list[Field]:
        return [("Allow", request.allow)]

    def _methods(self, request: ClientRequest, *, scored: bool) -> tuple[Head, list[Field]]:  # noqa: ARG002
        return Head(200, HTML, (FAILED, "False")), [("Allow", request.allow)]

    def _failed(self, outcome: Outcome, status: int, said: list[str]) -> list[str]:  # noqa: ARG002
        return [str(status >= 500 or "True" in said)]
