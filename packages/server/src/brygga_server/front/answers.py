"""Ends exchanges: each in the words of its dialect, with one count and one line of log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter, perf_counter_ns

from brygga_server.front import results
from brygga_server.front.accesslog import AccessLog
from brygga_server.front.admission import Admission
from brygga_server.front.answer import Answer
from brygga_server.front.dialects.base import Dialect, Page
from brygga_server.front.exchange import Batch, Exchange
from brygga_server.front.failures import RecentFailures
from brygga_server.front.metrics import Metrics
from brygga_server.front.outcomes import FROM_WORKER, Outcome
from brygga_server.worker import frames


class Answers:
    """Every answered request passes `_note`, exactly once."""

    def __init__(
        self, dialect: Dialect, metrics: Metrics, log: AccessLog, admission: Admission
    ) -> None:
        """Answers nothing yet.

        Args:
            dialect: Spoken to those whose route is not known.
            metrics: Counts.
            log: Has a line for each.
            admission: Gets the room of their bodies back.
        """
        self._dialect = dialect
        self._metrics = metrics
        phases = metrics.phases
        self._ran, self._encoded = phases["run"].observe, phases["encode"].observe
        self._waited, self._took = phases["queue"].observe, phases["total"].observe
        self.failures = RecentFailures()
        self._log = log
        self._admission = admission

    def of(self, exchange: Exchange, reply: frames.Reply) -> Answer:
        """What a request is told of a worker's reply to it, for `scored` to send.

        Raises:
            FrameError: The reply cannot be read.
        """
        outcome, dialect = FROM_WORKER[reply.cause], exchange.dialect
        if reply.flags & frames.ARRAY:
            started = perf_counter_ns()
            answer = dialect.answer(exchange, reply.run_ns, b"", results.array_of(reply))
            self._encoded((reply.encode_ns + perf_counter_ns() - started) / 1e9)
            return answer
        if outcome is Outcome.OK or outcome is Outcome.PASSED:
            self._encoded(reply.encode_ns / 1e9)
            plain = outcome is Outcome.OK and not reply.meta
            said = None if plain else results.said_of(reply)
            return dialect.answer(exchange, reply.run_ns, reply.body, None, said)
        if outcome is Outcome.RUN_RAISED or outcome is Outcome.NOT_ENCODABLE:
            self.failures.keep(exchange.request_id, reply.meta)
        return dialect.error(exchange, outcome, bytes(reply.body).decode("utf-8", "replace"))

    def late(self, exchange: Exchange, reply: frames.Reply) -> None:
        """What a worker says of a request whose client has its answer: where its time was up."""
        if reply.cause == frames.RUN_RAISED:
            self.failures.keep(exchange.request_id, reply.meta)

    def scored(self, exchange: Exchange, answer: Answer, run_ns: int) -> None:
        """Tells what a worker made of a request."""
        self._finish(exchange, answer)
        if answer.outcome is Outcome.OK or answer.outcome is Outcome.PASSED:
            self._ran(run_ns / 1e9)
            self._waited(exchange.sent - exchange.queued)

    def of_batch(self, batch: Batch, reply: frames.Reply) -> list[Answer]:
        """What each of those that ran as one is told, for `scored_together` to send.

        Raises:
            FrameError: The reply cannot be read.
        """
        started, run_ns, members = perf_counter_ns(), reply.run_ns, batch.members
        if reply.flags & frames.ARRAY:
            arrays = results.arrays_of(reply, batch.rows)
            pairs = zip(members, arrays, strict=True)
            answers = [e.dialect.answer(e, run_ns, b"", array) for e, array in pairs]
        else:
            texts = zip(members, results.texts_of(reply, len(members)), strict=True)
            answers = [e.dialect.answer(e, run_ns, text) for e, text in texts]
        encode_ns, count = reply.encode_ns + perf_counter_ns() - started, len(members)
        self._encoded(encode_ns / 1e9 / count, count)
        return answers

    def scored_together(
        self, members: Sequence[Exchange], answers: Sequence[Answer], run_ns: int
    ) -> None:
        """Tells what a worker made of requests that ran as one."""
        for exchange, answer in zip(members, answers, strict=True):
            if not exchange.done:
                self._finish(exchange, answer)
                self._waited(exchange.sent - exchange.queued)
        self._ran(run_ns / 1e9, len(members))

    def error(
        self,
        exchange: Exchange,
        outcome: Outcome,
        message: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Tells any other outcome; `details` stand beside the message."""
        dialect = self._dialect if exchange.route is None else exchange.dialect
        self._finish(exchange, dialect.error(exchange, outcome, message, details))

    def page(self, exchange: Exchange, page: Page, body: bytes = b"") -> None:
        """Gives a page of the server's own."""
        self._finish(exchange, exchange.dialect.page(exchange, page, body))

    def open(self, exchange: Exchange, reply: frames.Reply) -> None:
        """Begins an answer that comes in parts, with what there is of it.

        Raises:
            FrameError: That cannot be read.
        """
        said = results.said_of(reply)
        answer = exchange.dialect.answer(exchange, reply.run_ns, reply.body, None, said)
        exchange.open(answer)
        self._note(exchange, answer, None)

    def chunk(self, exchange: Exchange, data: memoryview) -> None:
        """Gives the next part of it."""
        if not exchange.done:
            exchange.send(data)

    def end(self, exchange: Exchange, *, complete: bool) -> None:
        """Ends it; one that is cut is told from one that is complete."""
        self._admission.release(exchange)
        if not exchange.done:
            exchange.done = True
            exchange.end(complete=complete)

    def _finish(self, exchange: Exchange, answer: Answer) -> None:
        if exchange.done:
            return
        exchange.done = True
        self._admission.release(exchange)
        exchange.respond(answer)
        self._note(exchange, answer, len(answer.body))

    def _note(self, exchange: Exchange, answer: Answer, size: int | None) -> None:
        status = answer.head.status
        seconds = perf_counter() - exchange.arrived
        # A gateway asks each replica whether it is ready, every second, and for its metrics: such
        # questions after the service itself would be counted once for each.
        if status == 401 or not exchange.path.endswith((b"/ready", b"/metrics")):
            self._metrics.count(status, answer.outcome, exchange.key)
            self._took(seconds)
        self._log.request(exchange, status, seconds, size)
