"""A connection of the front without a socket: bytes in, answers out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httptools

from brygga_server.front.answer import Answer, Head
from brygga_server.front.application import Application
from brygga_server.front.dialects.statuses import STATUSES
from brygga_server.front.exchange import Exchange
from brygga_server.front.limits import Limits
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.protocol import Connection


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.aborted = False
        self.ended = False
        self.reading = True
        self.unread = 0  # what the client has not taken

    def get_write_buffer_size(self) -> int:
        return self.unread

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.ended, "written after the end"
        self.written += bytes(data)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


@dataclass
class Echo(Application[Connection]):
    """An application that answers every request with what it understood of it."""

    limits: Limits = field(default_factory=lambda: Limits(4096, 1 << 20, 10, 20, 30))
    now: float = 100.0
    draining: bool = False
    later: bool = False  # answers when `answer_next` is called
    room: int = 1 << 30
    connections: set[Connection] = field(default_factory=set)
    asked: list[Exchange] = field(default_factory=list)
    gone: list[Exchange] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin, self.handle = self._begin, self._handle

    def reserve(self, exchange: Exchange, size: int) -> bool:
        self.room -= size
        return self.room >= 0

    def answer(self, exchange: Exchange) -> None:
        body = b"|".join((exchange.method, exchange.path, exchange.query, exchange.body))
        self._send(exchange, Outcome.OK, body)

    def answer_next(self) -> None:
        self.answer(next(e for e in self.asked if not e.done))

    def refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        self.refused.append(refusal)
        self._send(exchange, refusal.outcome, refusal.outcome.encode())

    def abandon(self, exchange: Exchange) -> None:
        exchange.done = True
        self.gone.append(exchange)

    def stalled(self, exchange: Exchange, stalled: bool) -> None:
        raise AssertionError("nothing is streamed here")

    def _begin(self, exchange: Exchange) -> Refusal | None:
        return Refusal(Outcome.UNAUTHORIZED) if exchange.path == b"/forbidden" else None

    def _handle(self, exchange: Exchange) -> None:
        self.asked.append(exchange)
        if not self.later:
            self.answer(exchange)

    def _send(self, exchange: Exchange, outcome: Outcome, body: bytes) -> None:
        exchange.done = True
        exchange.respond(Answer(outcome, Head(STATUSES[outcome].native), (), body))


def connect(app: Echo) -> tuple[Connection, Wire]:
    """A new client of an application."""
    connection, wire = Connection(app), Wire()
    connection.connection_made(wire)
    return connection, wire


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """Status and body of the answers in what was written; interim ones have no body."""
    found: list[tuple[int, bytes]] = []

    class Reader:
        body = b""

        def on_body(self, body: bytes) -> None:
            self.body += body

        def on_message_complete(self) -> None:
            found.append((parser.get_status_code(), self.body))
            self.body = b""

    parser = httptools.HttpResponseParser(Reader())
    parser.feed_data(data)
    return found
