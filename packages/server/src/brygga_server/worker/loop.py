"""The loop of a worker: a frame in, its requests through run(), their replies out.

Each reply is sent before the next request starts. A request may never return, and what is behind
it in C code cannot be interrupted: a reply that waited to be sent along with it would be lost.
"""

import mmap
import os
import queue
import threading
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Union

from . import diagnosis, frames, interruption, logs, process, stream
from .arena import ArenaReader
from .batch import Joiner
from .call import Caller, ScriptAnswer
from .channel import ClosedError, FrontChannel
from .frames import Joined, Request
from .interruption import Guard, ThreadGuard
from .loaded_script import LoadedScript
from .progress import ProgressPage
from .read_ahead import OwnText

_CHUNK = 256 * 1024


class Link(NamedTuple):
    """What joins a worker to its front."""

    channel: FrontChannel
    page: mmap.mmap
    arena: ArenaReader


class Runner:
    """One thread's way from requests to replies."""

    def __init__(
        self,
        loaded: LoadedScript,
        link: Link,
        send: Callable[[bytes], None],
        slot: int,
        stdout: Any,
    ) -> None:
        own = None if loaded.ahead is None else OwnText(loaded.ahead)
        self._caller = Caller(loaded.script, loaded.contract, loaded.config, loaded.log, own=own)
        self.guard = ThreadGuard() if loaded.config.threads > 1 else Guard()
        self._caller.guard = self.guard
        self._joiner = Joiner(loaded.script, loaded.contract, self._caller, loaded.log)
        self._channel = link.channel
        self._arena = link.arena
        self._send = send
        self._progress = ProgressPage(link.page, slot)
        process.in_forked_children(self._progress.detach)
        self._current = loaded.log.current
        self._end_line = stdout.end_line

    def run(self, request: Request) -> None:
        """Answer one request."""
        if self._start(request.id, request.request_id):
            self._deliver(self._caller.call(request), request.id)
        self._finish(request.id)

    def run_joined(self, joined: Joined) -> None:
        """Answer requests that run together."""
        for answer in self._joiner.call(joined, self._start):
            # Where they run one by one after all, those to come need what all have in common.
            whole = answer.reply.flags & frames.TOGETHER
            self._deliver(answer, joined.ids[0] if whole else 0)
        self._finish(joined.ids[0])

    def _start(self, id_: int, request_id: str) -> bool:
        """Say what is about to run; False where the front has taken it back."""
        self._current.request_id = request_id
        if self._progress.start(id_):
            return True
        self._send(frames.encode_skipped(id_))
        return False

    def _deliver(self, answer: ScriptAnswer, done: int) -> None:
        """Send an answer, and in the same breath that the request `done` needs its body no more."""
        released = self._arena.done(done) if answer.rest is None else b""
        self._send(released + frames.encode_reply(answer.reply))
        if answer.rest is not None:
            self._stream(answer)
        self._end_line()

    def _finish(self, id_: int) -> None:
        # Not before the reply is out: where it cannot be sent (user code has closed the socket),
        # this request is the guilty one.
        self._progress.stop()
        released = self._arena.done(id_)
        if released:
            self._send(released)

    def _stream(self, answer: ScriptAnswer) -> None:
        """Send the rest of a body; user code makes it, so it counts as running."""
        id_, rest = answer.reply.id, answer.rest
        self._progress.start(id_)
        self._channel.begin_stream(id_)
        error = b""
        try:
            for part in self._parts(id_, rest or iter(())):
                for at in range(0, len(part), _CHUNK):
                    self._send(frames.encode_chunk(id_, part[at : at + _CHUNK]))
                if self._channel.cancelled(id_):
                    error = b"nobody reads it any more"
                    break
            if error and rest is not None:
                stream.close(rest)
        except ClosedError:
            raise
        except BaseException as raised:  # noqa: BLE001 - user code may raise anything
            self._caller.report(raised)
            error = diagnosis.describe(raised).encode("utf-8", "replace")
        finally:
            self._channel.end_stream(id_)
        self._send(frames.encode_end(id_, error))

    def _parts(self, id_: int, rest: Iterator[bytes]) -> Iterator[bytes]:
        """The parts as user code makes them; only while it does may it be interrupted."""
        while True:
            self.guard.enter(id_)
            part = next(rest, None)
            self.guard.leave()
            if part is None:
                return
            yield part


def serve(loaded: LoadedScript, link: Link, stdout: logs.LogStream) -> None:
    """Answer requests until STOP. Raises `ClosedError`, or `FrameError` on garbage."""
    if loaded.config.threads > 1:
        _Threads(loaded, link, stdout).serve()
        return
    runner = Runner(loaded, link, link.channel.write, 0, stdout)
    interruption.listen(link.page, [runner.guard])
    for kind, payload in iter(link.channel.read, None):
        if kind == frames.STOP:
            return
        for work in _read(kind, payload, link.arena):
            _run(work, runner)
            del work
        # Nothing of a request may outlive it here while the next one is awaited.
        del payload


Work = Union[Request, Joined]


def _read(kind: int, payload: memoryview, arena: ArenaReader) -> Iterator[Work]:
    """What is to be run, with bodies that lie in the arena looked up."""
    if kind == frames.REQUESTS:
        for request in frames.decode_requests(payload):
            if request.flags & frames.SHARED:
                place = frames.decode_place(request.body)
                arrays = request.how == frames.ARRAYS
                yield request._replace(body=arena.open(request.id, place, arrays))
            else:
                yield request
    elif kind == frames.JOINED:
        joined = frames.decode_joined(payload)
        if isinstance(joined.body, frames.Place):
            joined = joined._replace(body=arena.open(joined.ids[0], joined.body, True))
        yield joined
    else:
        raise frames.FrameError("a frame of kind %d is not for a worker" % kind)


def _run(work: Work, runner: Runner) -> None:
    if isinstance(work, Joined):
        runner.run_joined(work)
    else:
        runner.run(work)


class _Threads:
    """Several runners behind one socket, for scripts that wait for more than the processor."""

    def __init__(self, loaded: LoadedScript, link: Link, stdout: logs.LogStream) -> None:
        self._link = link
        self._work: "queue.Queue[Optional[Work]]" = queue.Queue()
        link.channel.read_while_writing = False
        self._sending = threading.Lock()
        self._threads = []
        guards: List[Guard] = []
        for slot in range(loaded.config.threads):
            runner = Runner(loaded, link, self._send, slot, stdout)
            guards.append(runner.guard)
            thread = threading.Thread(target=self._run, args=(runner,), name="scoring-%d" % slot)
            thread.daemon = True
            self._threads.append(thread)
        interruption.listen(link.page, guards)

    def serve(self) -> None:
        """Hand out requests until STOP, then let those finish that have begun."""
        for thread in self._threads:
            thread.start()
        while True:
            kind, payload = self._link.channel.read()
            if kind == frames.STOP:
                break
            for work in _read(kind, payload, self._link.arena):
                self._work.put(work)
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self, runner: Runner) -> None:
        try:
            work = self._work.get()
            while work is not None:
                _run(work, runner)
                del work  # nothing of a request may outlive it here
                work = self._work.get()
        except ClosedError:
            # The reader may wait for ever in a call on the socket that somebody closed under it.
            # In a child that the script forked, this thread is all there is.
            os._exit(0)

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._link.channel.write(data)
