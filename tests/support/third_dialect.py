"""A front that speaks one dialect more: rows come as text, `1 2; 3 4`, and go back as text.

``python third_dialect.py --config FILE``, as `brygga-server`.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping

from brygga_server.front.actions import Actions
from brygga_server.front.answer import Answer, Head
from brygga_server.front.dialects.base import Dialect, Page, RefusedError
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.listeners import listen
from brygga_server.front.numbers import Array, Parsed
from brygga_server.front.outcomes import MESSAGES, Outcome, Refusal
from brygga_server.front.request import ClientRequest
from brygga_server.front.results import Said
from brygga_server.front.routes import Row, rows
from brygga_server.front.server import run
from brygga_server.settings import read
from brygga_server.worker.frames import Buffer

_TEXT = ("Content-Type", "text/plain")
_BRIEFLY = {Outcome.UNAUTHORIZED: 401, Outcome.BAD_INPUT: 422, Outcome.NOT_FOUND: 404}


class Rows(Dialect):
    """Rows of numbers as text."""

    headers = frozenset((b"x-name",))

    def begin(self, request: ClientRequest, said: Mapping[bytes, bytes]) -> Refusal | None:
        request.request_id = said.get(b"x-name", b"nobody").decode("latin-1")
        return None

    def read(self, request: ClientRequest, inputs: Inputs) -> Form | None:
        declared = inputs.declared[0]
        try:
            numbers = [[float(n) for n in row.split()] for row in request.body.decode().split(";")]
        except ValueError as error:
            raise RefusedError(str(error)) from error
        flat = memoryview(array("d", [n for row in numbers for n in row])).cast("B")
        shape = (len(numbers), len(numbers[0]))
        return inputs.lay_out(Parsed([Array(declared.name, "<f8", shape, flat)], {}), request)

    def answer(
        self,
        request: ClientRequest,
        run_ns: int,
        body: Buffer,
        array: memoryview | None = None,
        said: Said | None = None,
    ) -> Answer:
        text = "no array" if array is None else " ".join(map(str, array.tolist()))
        return Answer(Outcome.OK, Head(200, _TEXT), [("Name", request.request_id)], text.encode())

    def error(
        self,
        request: ClientRequest,
        outcome: Outcome,
        message: str = "",
        details: Mapping[str, object] | None = None,
    ) -> Answer:
        text = f"{outcome}: {message or MESSAGES[outcome]}"
        return Answer(outcome, Head(_BRIEFLY.get(outcome, 500), _TEXT), (), text.encode())

    def page(self, request: ClientRequest, page: Page, body: bytes = b"") -> Answer:
        return Answer(Outcome.OK, Head(200, _TEXT), (), f"{page} of {request.allow}".encode())


if __name__ == "__main__":
    settings = read({}, file=sys.argv[2])
    spoken = Rows()
    more = [
        Row("/rows", spoken, Actions.score, ("POST", "OPTIONS")),
        Row("/alive", spoken, Actions.health, keyed=False),
        Row("/rows/*", spoken, Actions.ready, keyed=False),
    ]
    sock = listen(settings)
    print(f"Serving at http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
    sys.exit(run(settings, sock=sock, table=[*rows(settings), *more]))
