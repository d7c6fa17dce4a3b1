"""One worker as the front sees it: a process, a channel and the requests it holds."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from brygga_server import orphans
from brygga_server.front.arena import BodyArena
from brygga_server.front.channel import WorkerChannel
from brygga_server.front.clock import Clock
from brygga_server.front.exchange import Exchange
from brygga_server.front.inputs import Inputs
from brygga_server.front.memory import proportional, resident
from brygga_server.front.process import Process
from brygga_server.front.spawn import PAGE_SIZE, TAG
from brygga_server.worker import frames
from brygga_server.worker.interruption import ASKED_AT
from brygga_server.worker.progress import RECALLED_AT

_PROGRESS = struct.Struct("<Qd")
_NUMBER = struct.Struct("<Q")
_STOP_SECONDS = 5.0
_HELD_UP_SECONDS = 0.1
NO_INPUTS = Inputs({})


class State(StrEnum):
    """Where a worker is in its life."""

    STARTING = "starting"
    READY = "ready"
    STUCK = "stuck"  # does not come back from a run; ended when its successor is ready
    STOPPING = "stopping"  # takes no new requests
    DEAD = "dead"


class Ending(StrEnum):
    """Why the front ends a worker."""

    DEADLINE = "run() took too long"
    GARBAGE = "garbage on its socket"
    SILENCE = "it held requests and ran none of them"
    PROCESSES = "it had started too many processes"
    MEMORY = "out_of_memory"
    INIT_TIMEOUT = "init_timeout"
    RESIZED = "resized"
    SPARE = "the worker that it was to replace has come back"
    UNWILLING = "it did not end when it was told to"
    STOPPING = "the service is stopping"
    FAILED = "the revision failed"

    @property
    def blames_nobody(self) -> bool:
        """Whether no request that it holds can be the cause."""
        return self not in (Ending.GARBAGE, Ending.SILENCE, Ending.PROCESSES, Ending.MEMORY)

    @property
    def may_be_left_over(self) -> bool:
        """Whether the cause may lie in what an earlier request has left: a child, say."""
        return self in (Ending.GARBAGE, Ending.SILENCE, Ending.PROCESSES)


@dataclass(frozen=True, slots=True)
class WorkerEvents:
    """What is called with a worker when something has happened to it.

    Attributes:
        ready: init() is done; `contract` is set.
        stuck: It does not come back from a run: it is ended, or `STUCK` until there is another.
        back: It was stuck, and has come back.
        exited: It has ended and waits to be reaped.
        spoke: A frame of one that is ready.
    """

    ready: Callable[[Worker], None]
    stuck: Callable[[Worker], None]
    back: Callable[[Worker], None]
    exited: Callable[[Worker], None]
    spoke: Callable[[Worker, int, memoryview], None]


class Worker:
    """A process that runs the script; `end` and `stop` are the two ways out."""

    def __init__(self, clock: Clock, process: Process, events: WorkerEvents, threads: int) -> None:
        self.process = process
        self.pid = process.pid
        self.threads = threads
        self.state = State.STARTING
        self.contract: dict[str, object] = {}
        self.inputs = NO_INPUTS  # its pool says how requests are laid out
        self.wants_headers = False
        self.decorated = False
        self.raw = False
        self.in_flight: dict[int, Exchange] = {}
        self.runs = 0  # calls of run() that these will take
        self.guest: Exchange | None = None  # it is given nothing else while it holds this one
        self.held_up = False  # by runs that take long: what is behind them had better go elsewhere
        # Taken back from it, which it has not confirmed yet: ids, and the first of their run.
        self.skipping: dict[int, int] = {}
        self.interruptible = True  # a run that takes too long is asked to end first
        self.asked: dict[int, float] = {}  # to end its run, when (monotonic), by id
        self.recalled: tuple[int, float] | None = None  # up to this id, since then (monotonic)
        self.started = clock.now()
        self.start_seconds = 0.0  # that its start took, init() included
        self.stuck_since = 0.0  # monotonic seconds
        self.served = 0
        self.family: list[int] = []  # living processes that it started; see `families`
        self.memory = 0
        self.settled = 0  # memory after init(); 0: not known
        self.left_over = 0  # memory that earlier requests had left when the present one began
        self.inherited = False  # the cause of its end may lie in what earlier requests had left
        self._weighed = 0.0  # monotonic seconds: the last time,
        self._served = 0  # and what it had served by then
        self.peak = 0
        self.diagnosis: dict[str, object] | None = None  # what it said in FAILED
        self.ended_for: Ending | None = None
        self.ended_because = ""  # in words, for the log
        self._silent_since = 0.0  # monotonic seconds; 0: it is not
        self._told_to_stop = 0.0  # monotonic seconds
        self._suspects: set[int] | None = None
        self._events = events
        self.arena = BodyArena(process.memory, PAGE_SIZE)
        self.channel = WorkerChannel(clock.loop, process.sock, self._frame, self._garbage)
        self._clock = clock
        self._end = process.watch()
        clock.loop.add_reader(self._end, self._exited)

    @property
    def ready(self) -> bool:
        """Whether it can be given requests."""
        return self.state is State.READY

    def running(self) -> list[tuple[int, float]]:
        """(request id, monotonic start) of what it runs now, by its own account."""
        found = []
        now = self._clock.now()
        for thread in range(min(self.threads, PAGE_SIZE // _PROGRESS.size - 1)):
            item = _PROGRESS.unpack_from(self.process.memory, thread * _PROGRESS.size)
            # The script can write to the page if it wants to: only what can be true is believed.
            if item[0] in self.in_flight and item[1] <= now:
                found.append(item)
        return found

    def look_whether_held_up(self, now: float) -> None:
        """Each of its threads has been running one request for long; see `held_up`."""
        if self.in_flight and not self.held_up:
            running = self.running()
            longest = now - _HELD_UP_SECONDS
            self.held_up = len(running) == self.threads and all(t < longest for _, t in running)

    def recall(self, id_: int, now: float) -> None:
        """Takes back the requests up to `id_`, save those that have begun.

        It reads that before it begins with one, so what does not show in `running` a moment later,
        and is not answered, will not be begun.
        """
        self.recalled = (id_, now)
        _NUMBER.pack_into(self.process.memory, RECALLED_AT, id_)

    def ask(self, id_: int, now: float) -> None:
        """Asks it to end a run: an exception is raised in run(), where that is not in C code."""
        self.asked[id_] = now
        _NUMBER.pack_into(self.process.memory, ASKED_AT, id_)
        self.process.ask()

    @property
    def listens(self) -> bool:
        """Whether it has heard what it was asked."""
        return bool(_NUMBER.unpack_from(self.process.memory, ASKED_AT)[0] == 0)

    def suspects(self) -> set[int]:
        """The requests that may be to blame for its end."""
        if self._suspects is not None:
            return self._suspects
        return {id_ for id_, _ in self.running() if id_ in self.in_flight}

    def measure(self) -> int:
        """Resident memory of it and its family now, in bytes; shared pages count for each."""
        self.memory = self.process.resident() + sum(map(resident, self.family))
        self.peak = max(self.peak, self.memory)
        return self.memory

    def weigh(self, now: float) -> int:
        """As `measure`, called regularly: notes what was held before what runs now has begun."""
        before, last, served = self.memory, self._weighed, self._served
        self._weighed, self._served = now, self.served
        self.measure()
        begun = min((t for _, t in self.running()), default=now)
        if begun > last:
            # Where others ended since, it cannot be told what of the growth is theirs: all may be.
            held = before if before and served == self.served else self.memory
            self.left_over = max(0, held - (self.settled or held))
        return self.memory

    @property
    def fresh(self) -> bool:
        """Whether no request before those that it holds has left anything in it."""
        return not self.served

    @property
    def untouched(self) -> bool:
        """Whether it has never run a request."""
        return not self.served and not self.in_flight

    def shared(self) -> int:
        """How much less `measure` would say if pages shared within the family counted once."""
        if not self.family:
            return 0
        return max(0, self.measure() - sum(map(proportional, (self.pid, *self.family))))

    def watch(self, now: float, patience: float) -> None:
        """Ends it where it holds requests and neither runs one nor answers; called regularly.

        Its end of the socket is not what it was: closed, shut or read by somebody else.
        """
        nothing = self.state is State.STUCK or not (self.in_flight or self.skipping)
        if nothing or not self.channel.flushed or self.running():
            self._silent_since = 0.0
        elif not self._silent_since:
            self._silent_since = now
        elif now > self._silent_since + patience:
            self.end(Ending.SILENCE)

    def give_up(self) -> None:
        """It does not come back; its owner decides whether it gets the time to."""
        self.asked.clear()
        self.stuck_since = self._clock.now()
        self._events.stuck(self)

    def come_back(self) -> None:
        """It was given up, and has come back."""
        self.recalled, self.held_up = None, False
        self.served += 1  # nobody was told of it, but it may have left something
        self._events.back(self)

    def confirm(self, id_: int) -> None:
        """It will say no more of a request, or of those that ran with it, than it has said."""
        self.skipping = {i: first for i, first in self.skipping.items() if id_ not in (i, first)}

    def stop(self) -> None:
        """Gives it nothing more, and asks it to end once it holds nothing; call until it has."""
        self.state = State.STOPPING
        if self.in_flight:
            return
        now = self._clock.now()
        if not self._told_to_stop:
            self._told_to_stop = now
            self.channel.send(frames.encode_frame(frames.STOP))
        elif now > self._told_to_stop + _STOP_SECONDS:
            # Threads, children and exit handlers of the script may hold it for ever.
            self.end(Ending.UNWILLING)

    def end(self, ending: Ending, why: str = "") -> None:
        """Ends it at once, whatever it does; its death is noticed like any other."""
        if self.state is State.DEAD:
            return
        if self.ended_for is None:
            self.ended_for = ending
            self.ended_because = why or ending.value
        if self.state in (State.READY, State.STUCK):
            self.state = State.STOPPING
        self.process.kill()

    def bury(self, returncode: int) -> None:
        """It has been reaped: reads its last words and lets go of it."""
        self.process.collected(returncode)
        self._stop_watching()
        self.channel.drain()
        self.channel.close()
        self.state = State.DEAD

    def owns(self, child: orphans.Child) -> bool:
        """Whether it, or something it started, has started this process."""
        tag = f"{TAG}={self.process.tag}".encode()
        return child.session == self.pid or orphans.tagged(child.pid, tag)

    def let_go(self) -> None:
        """Nobody asks any more what it was doing."""
        self.arena.close()
        self.process.memory.close()

    def _exited(self) -> None:
        # Its owner reaps it, and then calls `bury`.
        self._stop_watching()
        self._events.exited(self)

    def _stop_watching(self) -> None:
        if self._end >= 0:
            self._clock.loop.remove_reader(self._end)
            os.close(self._end)
            self._end = -1

    def _frame(self, kind: int, payload: memoryview) -> None:
        if kind == frames.READY:
            if self.state is not State.STARTING:
                raise frames.FrameError("READY came twice")
            self.contract = json.loads(bytes(payload))
            self.wants_headers = bool(self.contract.get("wants_headers"))
            self.decorated = bool(self.contract.get("decorated"))
            self.raw = bool(self.contract.get("raw"))
            self.state = State.READY
            self.start_seconds = self._clock.now() - self.started
            self._events.ready(self)
        elif kind == frames.FAILED:
            self.diagnosis = dict(json.loads(bytes(payload)))
        elif kind in (frames.REPLIES, frames.CHUNK, frames.END, frames.SKIPPED):
            self._silent_since = 0.0
            self._events.spoke(self, kind, payload)
        elif kind == frames.RELEASE:
            self.arena.release(frames.decode_number(payload))
        else:
            raise frames.FrameError(f"a worker does not send frames of kind {kind}")

    def _garbage(self, reason: str) -> None:
        # Where replies come in order, the garbage is from the first that has none.
        self._suspects = set(list(self.in_flight)[: 1 if self.threads == 1 else None])
        self.end(Ending.GARBAGE, f"garbage on its socket ({reason})")
