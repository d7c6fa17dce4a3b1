"""Large bodies are parsed by a process of the front's own: parsing stops everything else in it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from brygga_server import orphans
from brygga_server.front.channel import WorkerChannel
from brygga_server.front.clock import Clock
from brygga_server.front.numbers import Array, Parsed
from brygga_server.worker import frames

_RESTS = 60.0  # seconds without work after which it ends
_LONGEST = 5.0  # seconds that one body may take

Then = Callable[[Parsed | None], None]


@dataclass
class _Helper:
    """The process, as long as it lives."""

    popen: subprocess.Popen[bytes]
    channel: WorkerChannel
    pidfd: int


class Parser:
    """Started when it is first needed. What it cannot do is left to the worker."""

    def __init__(self, clock: Clock, note: Callable[[str, str], None]) -> None:
        """Starts nothing.

        Args:
            clock: What time it is.
            note: Takes what the operator should know, and how severe that is.
        """
        self._loop = clock.loop
        self._now = clock.now
        self._note = note
        self._helper: _Helper | None = None
        self._asked: dict[int, Then] = {}  # who is to be told
        self._heard = 0.0  # monotonic seconds: when it last answered, or was given something to do
        self._last_id = 0
        self._rested_since = 0.0

    @property
    def pid(self) -> int | None:
        """The process, where there is one."""
        return None if self._helper is None else self._helper.popen.pid

    def parse(self, body: bytes, question: bytes, then: Then) -> None:
        """Has a body parsed.

        Args:
            body: JSON.
            question: What is declared, see `parser_process.question`.
            then: Called later with what was found; None where that is not certain, or the process
                has come to grief.
        """
        try:
            helper = self._helper or self._start()
        except OSError as error:
            self._note(f"No process for large bodies can be started: {error}", "warning")
            self._loop.call_soon(then, None)
            return
        self._last_id += 1
        if not self._asked:
            self._heard = self._now()
        self._asked[self._last_id] = then
        request = frames.Request(self._last_id, frames.BODY, "", question, body)
        helper.channel.send_parts(frames.request_parts([request]))

    def look(self, now: float) -> None:
        """Ends it where it hangs or has nothing to do; called regularly."""
        if self._helper is None:
            return
        if self._asked:
            self._rested_since = now
            if now > self._heard + _LONGEST:
                orphans.kill(self._helper.popen.pid)
        elif now > self._rested_since + _RESTS:
            self.close()

    def close(self) -> None:
        """Lets it end; whoever waits for it is told nothing."""
        if self._helper is not None:
            self._loop.remove_reader(self._helper.pidfd)
            os.close(self._helper.pidfd)
            self._helper.channel.close()  # which ends it
            self._helper = None

    def _start(self) -> _Helper:
        ours, theirs = socket.socketpair()
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            command = [sys.executable, "-I", "-m", "brygga_server.front.parser_process"]
            popen = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                preexec_fn=orphans.die_with_parent(),  # noqa: PLW1509 - there are no threads here
            )
        channel = WorkerChannel(self._loop, ours, self._frame, self._garbage)
        self._helper = _Helper(popen, channel, os.pidfd_open(popen.pid))
        self._loop.add_reader(self._helper.pidfd, self._ended)
        self._rested_since = self._now()
        return self._helper

    def _frame(self, _kind: int, payload: memoryview) -> None:
        for reply in frames.decode_replies(payload):
            self._heard = self._now()
            then = self._asked.pop(reply.id)
            then(_parsed(reply) if reply.cause == frames.OK else None)

    def _garbage(self, reason: str) -> None:
        self._note(f"The process for large bodies said what it should not: {reason}", "error")
        if self._helper is not None:
            orphans.kill(self._helper.popen.pid)

    def _ended(self) -> None:
        helper = self._helper
        if helper is None:
            return
        helper.channel.drain()
        self.close()
        with suppress(ChildProcessError):  # reaped with the adopted ones
            helper.popen.returncode = os.waitstatus_to_exitcode(os.waitpid(helper.popen.pid, 0)[1])
        asked, self._asked = self._asked, {}
        if asked:
            self._note("The process for large bodies has ended; workers parse them", "warning")
        for then in asked.values():
            then(None)


def _parsed(reply: frames.Reply) -> Parsed:
    described, values = json.loads(reply.meta)
    whole = memoryview(bytes(reply.body))
    arrays, at = [], 0
    for name, dtype, shape, size in described:
        arrays.append(Array(name, dtype, tuple(shape), whole[at : at + size]))
        at += size
    return Parsed(arrays, values)
