"""`GET /metrics`: every replica is asked what the caller asked, and their pages become one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from brygga_server.gateway.balancer import Balancer
from brygga_server.gateway.framing import FramingError, response_head
from brygga_server.gateway.replica import Replica
from brygga_server.gateway.totals import Page, Totals, read_page

_ANSWER_SECONDS = 4.0  # Prometheus waits for ten
_METRICS = re.compile(rb"(?:GET|HEAD) [^ ?]*/metrics(?:\?[^ ]*)? ")
_BARE_METRICS = re.compile(rb"(?:GET|HEAD) /metrics(?:\?[^ ]*)? ")
_LENGTH = re.compile(rb"(\r\ncontent-length:[ \t]*)[0-9]+", re.IGNORECASE)
_REFUSALS = frozenset((401, 403))


def asks_for_metrics(head: bytes) -> bool:
    """Whether it is a request for the metrics of the service."""
    return head[:1] in b"GH" and _METRICS.match(head) is not None


def asks_for_nothing_but_metrics(head: bytes) -> bool:
    """Whether its path is `/metrics` itself, as the port for metrics has it."""
    return _BARE_METRICS.match(head) is not None


@dataclass(frozen=True)
class _Answer:
    """What a replica said.

    Attributes:
        life: Names the replica from one of its starts to the next.
        page: None where it gave none.
    """

    replica: Replica
    life: str
    raw: bytes
    status: int
    page: Page | None


class Scraper:
    """Asks replicas, adds, answers. One caller at a time: what was read first is added first."""

    def __init__(self, balancer: Balancer, file: Path) -> None:
        self._balancer = balancer
        self._totals = Totals(file)
        self._one_at_a_time = asyncio.Lock()

    async def answer(self, request: bytes, *, to_head: bool, openly: bool) -> bytes | None:
        """A complete answer; None where no replica gives any.

        The replicas judge the key: where one refuses, its refusal is the answer.

        Args:
            to_head: Whether only its head is asked for.
            openly: Whether it came where no key is needed.
        """
        if to_head:  # the length of an answer to HEAD is that of the page
            request = b"GET" + request[4:]
        async with self._one_at_a_time:
            first, *others = self._balancer.counting() or (None,)
            found = [await _ask(first, request, openly=openly)]
            if found[0] is None or found[0].status not in _REFUSALS:  # it would be for all
                asked = (_ask(each, request, openly=openly) for each in others)
                found += await asyncio.gather(*asked)
            answers = [each for each in found if each is not None]
            refused = next((each for each in answers if each.status in _REFUSALS), None)
            pages = [each for each in answers if each.page is not None]
            if refused is None and pages:
                body = self._add(pages)
                head = _LENGTH.sub(rb"\g<1>%d" % len(body), _head_of(pages[0].raw), count=1)
                return head if to_head else head + body
        said = refused or (answers[0] if answers else None)
        if said is None:
            return None
        return _head_of(said.raw) if to_head else said.raw

    def _add(self, answers: Sequence[_Answer]) -> bytes:
        lives = frozenset(_life(replica) for replica in self._balancer.counting(dead=True))
        said = {each.life: each.page for each in answers if each.page is not None}
        self._totals.add(said, lives | said.keys())
        serving = self._balancer.current.replicas
        pages = {
            str(number): each.page
            for number, replica in enumerate(serving)
            for each in answers
            if each.replica is replica and each.page is not None
        }
        own = {
            "brygga_replicas": float(len(serving)),
            "brygga_replicas_ready": float(sum(replica.ready for replica in serving)),
        }
        return self._totals.render(pages or _unnamed(answers), own)


async def _ask(replica: Replica | None, request: bytes, *, openly: bool) -> _Answer | None:
    """What one says; None where it does not answer in time, or was started again meanwhile."""
    if replica is None:
        return None
    life = _life(replica)
    question = _Question()
    replica.in_flight += 1
    upstream = None
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            # Always a new one: one that rests may be closing.
            upstream = await (replica.connect_for_metrics() if openly else replica.connect())
            upstream.ask(question, request, to_head=False)
            await question.done.wait()
    except (OSError, TimeoutError):
        question.failed = True
    finally:
        replica.in_flight -= 1
        if upstream is not None:
            if not question.done.is_set():
                upstream.give_up()
            replica.release(upstream, reusable=question.reusable and not openly)
    if question.failed or life != _life(replica):
        return None
    raw = bytes(question.received)
    with suppress(FramingError, ValueError, IndexError):
        head = response_head(_head_of(raw), to_head=False)
        page = None
        if head.status == 200 and head.length is not None:
            page = read_page(raw[len(_head_of(raw)) :].decode())
        return _Answer(replica, life, raw, head.status, page)
    return None


class _Question:
    """Gathers one answer; see `Asker`."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.done = asyncio.Event()
        self.failed = False
        self.reusable = False

    def answered(self, data: bytes) -> None:
        self.received += data

    def answer_complete(self, *, reusable: bool) -> None:
        self.reusable = reusable
        self.done.set()

    def answer_failed(self, *, begun: bool, unread: bool) -> None:  # noqa: ARG002 - Asker's
        self.failed = True
        self.done.set()

    def upstream_stalled(self, stalled: bool) -> None:
        """A request for metrics is short."""


def _life(replica: Replica) -> str:
    """Another one each time that the process starts: it makes its socket anew."""
    try:
        found = Path(replica.plan.socket).stat()
    except OSError:
        return ""
    return f"{replica.plan.id}@{found.st_ino}-{found.st_mtime_ns}"


def _unnamed(answers: Sequence[_Answer]) -> dict[str, Page]:
    """Of a generation that is leaving: what there is where the serving one says nothing."""
    return {each.replica.plan.id: each.page for each in answers if each.page is not None}


def _head_of(raw: bytes) -> bytes:
    return raw[: raw.index(b"\r\n\r\n") + 4]
