"""Workers that are played: the other end of a worker's socket and page, in virtual time."""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, get_args

from support.virtual_loop import VirtualLoop

from brygga_server.front.process import Process
from brygga_server.front.spawn import PAGE_SIZE
from brygga_server.worker import frames
from brygga_server.worker.interruption import ASKED_AT
from brygga_server.worker.progress import RECALLED_AT, SLOT_SIZE

Kind = Literal[
    "allocates",
    "dies",
    "garbage",
    "stranger",
    "hangs",  # in C code, for ever
    "computes",  # in C code, which ends
    "sleeps",  # in Python, until it is asked to end
    "cleans",  # the same, and takes a second to clean up
    "raises",
    "child",
    "forks",
    "leaks",
    "good",
]  # the worst first: it decides where several run together

_PAGE_SLOT = struct.Struct("<Qd")
_WORD = struct.Struct("<Q")
_PIDS = count(1 << 30)  # that no process has


@dataclass(frozen=True)
class Ask:
    """What a request does to the worker that runs it."""

    kind: Kind = "good"
    seconds: float = 0.001  # until it does

    def run(self, worker: ScriptedProcess, slot: int, work: Work) -> None:
        """Its time is over."""
        if self.kind == "dies":
            worker.die(-11)
        elif self.kind == "garbage":
            worker.write(b"garbage on every descriptor")
            worker.finish(slot)
        elif self.kind == "stranger":
            worker.reply(1 << 40, b"0")
            worker.finish(slot)
        elif self.kind == "allocates":
            worker.memory_held += HOG
            worker.call_later(10 * LOOK, worker.finish, slot)
        elif self.kind == "raises" and len(work.ids) == 1:
            worker.reply(work.ids[0], b"", frames.RUN_RAISED)
            worker.finish(slot)
        elif self.kind == "raises":
            worker.one_by_one(slot, work)
        else:
            if self.kind == "child":  # it writes to the socket later, as if it had run
                worker.call_later(0.5, worker.reply, work.ids[0], b"child")
            elif self.kind == "forks":
                worker.children += MANY
            elif self.kind == "leaks":
                worker.memory_held += LEAK
            worker.answer(work)
            worker.finish(slot)


LOOK = 0.05  # seconds between two looks, as in the server
MANY = 40  # processes, more than a worker may have
SIZE, LEAK, HOG = 10 << 20, 60 << 20, 300 << 20  # bytes: after init(), left by a leak, of a hog
GOOD = Ask()
_KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Work:
    """A call of run(): a request, or several that run together."""

    ids: Sequence[int]
    numbers: Sequence[int]
    asks: Sequence[Ask]

    @property
    def ask(self) -> Ask:
        """What decides when they run together."""
        worst = min(self.asks, key=lambda ask: _KINDS.index(ask.kind))
        return Ask(worst.kind, max(ask.seconds for ask in self.asks))


@dataclass
class Script:
    """What the requests ask for, by their number, and how long `init()` takes."""

    contract: dict[str, object]
    init_seconds: float = 0.1
    threads: int = 1
    asks: dict[int, Ask] = field(default_factory=dict)


class ScriptedProcess(Process):
    """A worker that does what each request asks it to."""

    def __init__(self, loop: VirtualLoop, script: Script) -> None:
        self.pid = next(_PIDS)
        self.tag = f"tag-{self.pid}"
        self.sock, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self.memory = mmap.mmap(-1, PAGE_SIZE + (64 << 10))
        self.alive = True
        self.children = 0
        self.memory_held = SIZE
        self.begun: list[int] = []  # numbers of requests, as they begin
        self._loop = loop
        self._script = script
        self._page = self.memory
        self._returncode: int | None = None
        self._ended = os.eventfd(0)
        self._received = bytearray()
        self._waiting: deque[Work] = deque()
        self._running: dict[int, Work] = {}
        self._reading = False
        self._stopped = False
        loop.call_later(script.init_seconds, self._ready)

    # -- as the front sees it -------------------------------------------------------------------

    def watch(self) -> int:
        return os.dup(self._ended)

    def kill(self) -> None:
        self.die(-9)

    def ask(self) -> None:
        self._loop.call_soon(self._asked)

    def collect(self) -> int | None:
        return self._returncode

    def collected(self, returncode: int) -> None:
        assert returncode == self._returncode
        os.close(self._ended)

    def resident(self) -> int:
        return self.memory_held

    # -- what it can do -------------------------------------------------------------------------

    def die(self, returncode: int) -> None:
        """It ends, for whatever reason."""
        if not self.alive:
            return
        self.alive = False
        self._returncode = returncode
        self._read_on(False)
        self._theirs.close()
        os.eventfd_write(self._ended, 1)

    def write(self, data: bytes) -> None:
        """Sends bytes, whatever they are."""
        if self.alive:
            self._theirs.send(data)

    def reply(
        self,
        id_: int,
        body: bytes,
        cause: int = frames.OK,
        flags: int = 0,
        meta: bytes = b"",
        ns: int = 1000,
    ) -> None:
        """Sends one reply."""
        self.write(frames.encode_reply(frames.Reply(id_, cause, 0, ns, 0, meta, body, flags)))

    def answer(self, work: Work) -> None:
        """Sends what run() gave back."""
        texts = [b"%d" % number for number in work.numbers]
        ns = int(work.ask.seconds * 1e9)
        if len(texts) == 1:
            self.reply(work.ids[0], texts[0], ns=ns)
        else:
            lengths = struct.pack(f"<{len(texts)}I", *map(len, texts))
            self.reply(work.ids[0], b"".join(texts), flags=frames.TOGETHER, meta=lengths, ns=ns)

    def one_by_one(self, slot: int, work: Work) -> None:
        """What ran together runs again, each by itself."""
        parts = zip(work.ids, work.numbers, work.asks, strict=True)
        alone = [Work([id_], [number], [ask]) for id_, number, ask in parts]
        self._waiting.extendleft(reversed(alone))
        self.finish(slot)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> None:
        """Calls back if it still lives then."""
        self._loop.call_later(seconds, lambda: self.alive and callback(*args))

    def finish(self, slot: int) -> None:
        """A thread has done with what it ran, and goes on."""
        _WORD.pack_into(self._page, slot * SLOT_SIZE, 0)
        self._running.pop(slot, None)
        self._go_on()

    def _asked(self) -> None:
        """A signal: heard at once, but not in C code, and not by one that is gone."""
        if not self.alive:
            return
        asked = _WORD.unpack_from(self._page, ASKED_AT)[0]
        for slot, work in list(self._running.items()):
            if work.ids[0] != asked:
                continue
            if work.ask.kind in {"hangs", "computes"}:
                return
            _WORD.pack_into(self._page, ASKED_AT, 0)
            self.call_later(1.0 * (work.ask.kind == "cleans"), self.interrupted, slot, work)
            return
        _WORD.pack_into(self._page, ASKED_AT, 0)

    def interrupted(self, slot: int, work: Work) -> None:
        """run() raises, since it was asked to."""
        if self._running.get(slot) is not work:
            return
        if len(work.ids) > 1:
            self.one_by_one(slot, work)
        else:
            self.reply(work.ids[0], b"", frames.RUN_RAISED)
            self.finish(slot)

    # -- its life -------------------------------------------------------------------------------

    def _ready(self) -> None:
        if self.alive:
            self.write(
                frames.encode_frame(frames.READY, json.dumps(self._script.contract).encode())
            )
            self._go_on()

    def _go_on(self) -> None:
        if self.alive and self._script.threads > 1:
            self._take_in()
        while self.alive and len(self._running) < self._script.threads:
            if not self._waiting:
                self._take_in()
            if not self._waiting:
                break
            self._begin(self._waiting.popleft())
        if not self.alive:
            return
        if self._stopped and not self._running and not self._waiting:
            self.die(0)
            return
        self._read_on(self._script.threads > 1 or not self._running)

    def _begin(self, work: Work) -> None:
        slot = next(n for n in range(self._script.threads) if n not in self._running)
        _PAGE_SLOT.pack_into(self._page, slot * SLOT_SIZE, work.ids[0], self._loop.now)
        if _WORD.unpack_from(self._page, RECALLED_AT)[0] >= work.ids[0]:
            _WORD.pack_into(self._page, slot * SLOT_SIZE, 0)
            for id_ in work.ids:
                self.write(frames.encode_skipped(id_))
            return
        self._running[slot] = work
        self.begun += work.numbers
        ask = work.ask
        if ask.kind not in {"hangs", "sleeps", "cleans"}:
            self._loop.call_later(ask.seconds, self._end, slot, work)

    def _end(self, slot: int, work: Work) -> None:
        if not self.alive or self._running.get(slot) is not work:
            return
        if work.ask.kind == "computes" and _WORD.unpack_from(self._page, ASKED_AT)[0]:
            _WORD.pack_into(self._page, ASKED_AT, 0)
            self.interrupted(slot, work)
        else:
            work.ask.run(self, slot, work)

    def _read_on(self, on: bool) -> None:
        if on != self._reading:
            self._reading = on
            if on:
                self._loop.add_reader(self._theirs.fileno(), self._go_on)
            else:
                self._loop.remove_reader(self._theirs.fileno())

    def _take_in(self) -> None:
        """Reads a frame, where there is one; with several threads, one of them reads all."""
        while self._script.threads > 1 or not self._waiting:
            size = frames.HEADER_SIZE
            if len(self._received) >= size:
                kind, length = frames.decode_header(self._received)
                size += length
                if len(self._received) >= size:
                    payload = bytes(self._received[frames.HEADER_SIZE : size])
                    del self._received[:size]
                    self._told(kind, memoryview(payload))
                    continue
            try:
                data = self._theirs.recv(1 << 16)
            except BlockingIOError:
                return
            if not data:
                self.die(0)
                return
            self._received += data

    def _told(self, kind: int, payload: memoryview) -> None:
        if kind == frames.STOP:
            self._stopped = True
        elif kind == frames.REQUESTS:
            for request in frames.decode_requests(payload):
                self._waiting.append(self._work([request.id], [_number(request)]))
        elif kind == frames.JOINED:
            joined = frames.decode_joined(payload)
            assert not isinstance(joined.body, frames.Place)
            numbers = list(map(int, struct.unpack(f"<{len(joined.ids)}d", joined.body)))
            self._waiting.append(self._work(joined.ids, numbers))

    def _work(self, ids: Sequence[int], numbers: Sequence[int]) -> Work:
        return Work(ids, numbers, [self._script.asks.get(n, GOOD) for n in numbers])


def _number(request: frames.Request) -> int:
    if request.how == frames.ARRAYS:
        return int(struct.unpack("<d", request.body)[0])
    return int(bytes(request.body))
