"""An exchange without a transport: what it is told is kept as it is."""

from __future__ import annotations

from brygga_server.front.answer import Answer
from brygga_server.front.dialects.base import Dialect
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.exchange import Exchange
from brygga_server.settings import ServerSettings, read


class KeptExchange(Exchange):
    """Keeps its answer, or the parts of it."""

    remote = "192.0.2.1"
    secure = False

    def __init__(
        self,
        body: bytes = b"",
        content_type: bytes = b"application/json",
        *,
        method: bytes = b"POST",
        dialect: Dialect | None = None,
    ) -> None:
        super().__init__(method, [])
        self.body = body
        self.content_type = content_type
        self.dialect = told(NativeDialect()) if dialect is None else dialect
        self.answers: list[Answer] = []  # there should be one
        self.parts = b""
        self.complete: bool | None = None  # None: it has not been ended

    def respond(self, answer: Answer) -> None:
        self.answers.append(answer)

    def open(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.parts += bytes(answer.body)

    def send(self, part: memoryview) -> None:
        self.parts += bytes(part)

    def end(self, *, complete: bool) -> None:
        self.complete = complete


def told(dialect: Dialect, settings: ServerSettings | None = None) -> Dialect:
    """A dialect that has its settings."""
    dialect.take(read({}, {}) if settings is None else settings)
    return dialect
