"""The loop of a worker: a frame in, its requests through run(), their replies out.

Each reply is sent before the next request starts. A request may never return, and what is behind
it in C code cannot be interrupted: a reply that waited to be sent along with it would be lost.
"""

import mmap
import os
import queue
import threading
from typing import Any, Callable, Iterable, List, Sequence

from . import diagnosis, frames, logs, process, stream
from .batch import Joiner
from .call import Answer, Caller
from .channel import Channel, ClosedError
from .frames import Request
from .loaded import Loaded
from .progress import ProgressPage

_CHUNK = 256 * 1024


class Runner:
    """One thread's way from requests to replies."""

    def __init__(
        self,
        loaded: Loaded,
        link: Channel,
        send: Callable[[bytes], None],
        progress: ProgressPage,
        stdout: Any,
    ) -> None:
        self._caller = Caller(loaded.script, loaded.contract, loaded.config, loaded.log)
        self._joiner = Joiner(loaded.script, loaded.contract, self._caller, loaded.log)
        self._link = link
        self._send = send
        self._progress = progress
        process.in_forked_children(progress.detach)
        self._current = loaded.log.current
        self._end_line = stdout.end_line

    def run(self, request: Request) -> None:
        """Answer one request."""
        self._start(request)
        self._deliver(self._caller.call(request))
        # Not before the reply is out: where it cannot be sent (user code has closed the socket),
        # this request is the guilty one.
        self._progress.stop()

    def run_joined(self, requests: Sequence[Request]) -> None:
        """Answer requests that may run together; replies of one run travel in one frame."""
        answers = self._joiner.call(requests, self._start)
        if isinstance(answers, list):
            self._end_line()
            self._send(frames.encode_replies([answer.reply for answer in answers]))
        else:
            for answer in answers:
                self._deliver(answer)
        self._progress.stop()

    def _start(self, request: Request) -> None:
        self._current.request_id = request.request_id
        self._progress.start(request.id)

    def _deliver(self, answer: Answer) -> None:
        self._send(frames.encode_reply(answer.reply))
        if answer.rest is not None:
            self._stream(answer)
        self._end_line()

    def _stream(self, answer: Answer) -> None:
        """Send the rest of a body; user code makes it, so it counts as running."""
        id_, rest = answer.reply.id, answer.rest
        self._progress.start(id_)
        self._link.begin_stream(id_)
        error = b""
        try:
            for part in rest or ():
                for at in range(0, len(part), _CHUNK):
                    self._send(frames.encode_chunk(id_, part[at : at + _CHUNK]))
                if self._link.cancelled(id_):
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
            self._link.end_stream(id_)
        self._send(frames.encode_end(id_, error))


def serve(loaded: Loaded, link: Channel, page: mmap.mmap, stdout: logs.LogStream) -> None:
    """Answer requests until STOP. Raises `ClosedError`, or `FrameError` on garbage."""
    if loaded.config.threads > 1:
        _Threads(loaded, link, page, stdout).serve()
        return
    runner = Runner(loaded, link, link.write, ProgressPage(page), stdout)
    for kind, payload in iter(link.read, None):
        if kind != frames.REQUESTS:
            _check_stop(kind)
            return
        _run_frame(frames.decode_requests(payload), runner)
        # Nothing of a request may outlive it here while the next one is awaited.
        del payload


def _run_frame(requests: Iterable[Request], runner: Runner) -> None:
    joined: List[Request] = []
    for request in requests:
        if _may_join(request):
            joined.append(request)
        else:
            runner.run(request)
    if joined:
        runner.run_joined(joined)


def _may_join(request: Request) -> bool:
    return bool(request.flags & frames.JOINED) and request.how == frames.ARRAYS


def _check_stop(kind: int) -> None:
    if kind != frames.STOP:
        raise frames.FrameError("a frame of kind %d is not for a worker" % kind)


class _Threads:
    """Several runners behind one socket, for scripts that wait for more than the processor."""

    def __init__(
        self, loaded: Loaded, link: Channel, page: mmap.mmap, stdout: logs.LogStream
    ) -> None:
        self._link = link
        self._work: "queue.Queue[List[Request]]" = queue.Queue()
        link.read_while_writing = False
        self._sending = threading.Lock()
        self._threads = []
        for slot in range(loaded.config.threads):
            runner = Runner(loaded, link, self._send, ProgressPage(page, slot), stdout)
            thread = threading.Thread(target=self._run, args=(runner,), name="scoring-%d" % slot)
            thread.daemon = True
            self._threads.append(thread)

    def serve(self) -> None:
        """Hand out requests until STOP, then let those finish that have begun."""
        for thread in self._threads:
            thread.start()
        while True:
            kind, payload = self._link.read()
            if kind != frames.REQUESTS:
                _check_stop(kind)
                break
            self._hand_out(list(frames.decode_requests(payload)))
        for _ in self._threads:
            self._work.put([])
        for thread in self._threads:
            thread.join()

    def _hand_out(self, requests: List[Request]) -> None:
        joined = []
        for request in requests:
            if _may_join(request):
                joined.append(request)
            else:
                self._work.put([request])
        if joined:
            self._work.put(joined)

    def _run(self, runner: Runner) -> None:
        try:
            for requests in iter(self._work.get, []):
                _run_frame(requests, runner)
        except ClosedError:
            # The reader may wait for ever in a call on the socket that somebody closed under it.
            # In a child that the script forked, this thread is all there is.
            os._exit(0)

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._link.write(data)
