"""Holds the listening socket and the log of a service, and restarts its front when it dies.

``python -I -m brygga_server.supervisor [--detach] FILE``, where FILE is::

    {"version": 1, "front": [argv], "listen_fd": 3, "lock_file": ..., "state_file": ...,
     "log": {"path": ..., "max_bytes": ..., "keep": 3}}

SIGHUP makes it start the front of ``FILE.next`` beside the one that serves; when that is ready it
takes over, and the plan with it.

Standard library only, since it stays in memory for the life of the service beside the front.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brygga_server import orphans
from brygga_server.files import write_json
from brygga_server.front_plan import NEXT, FrontPlan, FrontPlanError
from brygga_server.rotation import RotatingFile
from brygga_server.signals import Signals, is_order, let_through
from brygga_server.supervisor_channel import HAND_OVER, READY, TAKE_OVER, SupervisorChannel

_LONGEST_PAUSE = 30.0
_CALM = 10.0  # a front that lived this long was not part of a crash loop
_SHORT_PAUSE = 1.0  # the longest for one that has been ready: somebody waits for it
_READS_AT_ONCE = 16
_HEARD = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD))
_FAILED = 3  # exit code of a front whose revision never came up: nothing restarts it
_LOOKED_AT = 0.5  # seconds that others may hold the lock to see whether it is held


def main(argv: list[str] | None = None) -> int:
    """Supervises until the front ends by itself or a signal says so; the front's exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    detach = "--detach" in arguments
    if detach:
        arguments.remove("--detach")
    if len(arguments) != 1:
        print("usage: python -m brygga_server.supervisor [--detach] FILE", file=sys.stderr)  # noqa: T201
        return 2
    caller = _detach() if detach else None
    try:
        plan = FrontPlan.load(arguments[0])
        lock = _lock(plan.lock_file)
    except FrontPlanError as error:
        print(f"supervisor: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        return _Supervisor(arguments[0], plan).run(caller)
    finally:
        os.close(lock)


def _detach() -> int:
    """Goes on in a child, in a session of its own; returns its end of a pipe.

    The caller ends here: with 0 once the child says through the pipe that it supervises, or with
    the child's exit code.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setsid()
        return write
    os.close(write)
    supervises = os.read(read, 1)
    os._exit(0 if supervises else abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


def _let_go(caller: int) -> None:
    """Tells the caller, and keeps nothing of its terminal."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    os.write(caller, b"1")
    os.close(caller)


def _lock(file: str) -> int:
    """Holds the lock that says this service is running; it ends with the process, however.

    Whoever looks whether it is held holds it too, for a moment, which is waited out.
    """
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOOKED_AT
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(_LOOKED_AT / 50)
                continue
            os.close(fd)
            message = f"{file} is locked: another supervisor runs this service."
            raise FrontPlanError(message) from None
        return fd


@dataclass
class _Front:
    """A front that lives."""

    process: subprocess.Popen[bytes]
    line: SupervisorChannel
    started: float

    @property
    def pid(self) -> int:
        return self.process.pid


class _Supervisor:
    def __init__(self, file: str, plan: FrontPlan) -> None:
        self._file = file
        self._plan = plan
        self._log = RotatingFile(plan.log_path, plan.log_max_bytes, plan.log_keep)
        self._read, self._write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._read, False)
        self._signals = Signals(_HEARD)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)
        self._selector.register(self._signals, selectors.EVENT_READ)
        self._front: _Front | None = None  # accepts
        self._next: _Front | None = None  # starts beside it, to take over
        self._next_plan = plan
        self._leaving: list[_Front] = []  # finish what they hold
        self._asked = False  # for a front beside the present one
        self._deaths = 0
        self._next_start = 0.0
        self._stops = 0  # how often we were told to end
        self._code: int | None = None

    def run(self, caller: int | None = None) -> int:
        orphans.become_subreaper()
        self._write_state()
        if caller is not None:
            _let_go(caller)
        self._start()
        while self._code is None:
            for key, _ in self._selector.select(self._timeout()):
                if key.fd == self._read:
                    self._pump()
                elif key.fd == self._signals.fileno():
                    self._obey()
                elif self._next is not None and key.fd == self._next.line.fileno():
                    self._hear(self._next)
            self._reap()
            self._start_when_due()
            if self._asked and not self._stops:
                self._asked = False
                self._start_beside()
        orphans.end_all_children()
        self._pump()
        self._log.close()
        return self._code

    def _obey(self) -> None:
        for received in self._signals.read():
            if received.number == signal.SIGCHLD:
                continue  # whoever has ended is reaped anyway
            if not is_order(received, alone=False):
                self._say(f"{received.name} is no order to end: it is the script's")
            elif received.number == signal.SIGHUP:
                self._asked = True
            else:
                self._stop()

    # -- the front that serves ------------------------------------------------------------------

    def _start_when_due(self) -> None:
        if self._front is None and self._code is None and time.monotonic() >= self._next_start:
            self._start()

    def _start(self) -> None:
        try:
            self._front = self._begin(self._plan, beside=False)
        except OSError as error:
            self._say(f"the front {self._plan.front[0]} cannot be started: {error.strerror}")
            self._code = _FAILED

    def _begin(self, plan: FrontPlan, *, beside: bool) -> _Front:
        ours, theirs = SupervisorChannel.pair()
        try:
            process = subprocess.Popen(
                plan.front,
                stdin=subprocess.DEVNULL,
                stdout=self._write,
                stderr=self._write,
                env={**os.environ, **theirs.environment(beside=beside)},
                pass_fds=(self._plan.listen_fd, theirs.fileno()),
                # A front alone would hold the port that the next supervisor needs.
                preexec_fn=_in_child(),  # noqa: PLW1509 - there are no threads here
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Front(process, ours, time.monotonic())

    def _timeout(self) -> float | None:
        if self._front is not None:
            return None
        return max(0.0, self._next_start - time.monotonic())

    def _reap(self) -> None:
        """Collects who has ended: a front, or somebody it left to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            front = next((f for f in self._fronts() if f.pid == pid), None)
            if front is None:
                continue
            if os.WIFSTOPPED(status):
                self._say("the front was stopped by a signal; it goes on")
                _send(front, signal.SIGCONT)
                continue
            code = front.process.returncode = os.waitstatus_to_exitcode(status)
            if front is self._front:
                self._front_ended(front, code)
            elif front is self._next:
                self._forget_next()
                self._note_failure(code)
            else:
                front.line.close()
                self._leaving.remove(front)
            self._end_left_behind()

    def _fronts(self) -> list[_Front]:
        return [f for f in (self._front, self._next, *self._leaving) if f is not None]

    def _end_left_behind(self) -> None:
        """Kills what fronts that are gone have left to us."""
        living = {front.pid for front in self._fronts()}
        orphans.kill_left_behind(lambda child: child.pid not in living)

    def _front_ended(self, front: _Front, code: int) -> None:
        self._front = None
        front.line.close()
        if self._stops or code == _FAILED:
            self._code = max(code, 0)
            return
        calm = time.monotonic() - front.started > _CALM
        self._deaths = 1 if calm else self._deaths + 1
        longest = _SHORT_PAUSE if self._was_ready(front) else _LONGEST_PAUSE
        pause = 0.0 if self._deaths == 1 else min(longest, 0.25 * 2.0 ** (self._deaths - 2))
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        self._say(f"the front ended {how}; it is started again in {pause:g} s")
        self._next_start = time.monotonic() + pause

    def _was_ready(self, front: _Front) -> bool:
        """By its own account, which stands where it was when it ended without a word."""
        if self._plan.status_file is None:
            return True  # it has nothing to start that could fail
        try:
            said = json.loads(Path(self._plan.status_file).read_bytes())
            return bool(said["pid"] == front.pid and said["revision"] in said["ready_revisions"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    # -- the front that takes over --------------------------------------------------------------

    def _start_beside(self) -> None:
        """Starts the front of the next plan; one that is starting already gives way."""
        if self._next is not None:
            self._next.process.kill()
            self._next.process.wait()
            self._forget_next()
        try:
            self._next_plan = FrontPlan.load(self._file + NEXT)
            self._next = self._begin(self._next_plan, beside=True)
        except (FrontPlanError, OSError) as error:
            self._say(f"no front can be started beside the present one: {error}")
            self._note_failure(None)
            return
        self._selector.register(self._next.line.fileno(), selectors.EVENT_READ)

    def _hear(self, successor: _Front) -> None:
        said = successor.line.hear()
        if said is None:
            self._selector.unregister(successor.line.fileno())  # it is ending, and will be reaped
        elif said[0] == READY:
            self._hand_over(successor)

    def _hand_over(self, successor: _Front) -> None:
        self._selector.unregister(successor.line.fileno())
        giving, taking = SupervisorChannel.pair()
        old = self._front
        try:
            successor.line.say(TAKE_OVER, taking)
            if old is not None:
                old.line.say(HAND_OVER, giving)
        except OSError as error:
            self._say(f"a front does not hear of the handing over: {error}")
        finally:
            giving.close()
            taking.close()
        if old is not None:
            self._leaving.append(old)
        self._front, self._next = successor, None
        self._plan = self._next_plan
        self._deaths = 0
        try:
            Path(self._file + NEXT).replace(self._file)
        except OSError as error:
            self._say(f"the plan that holds now cannot be kept: {error}")

    def _forget_next(self) -> None:
        if self._next is None:
            return
        if self._next.line.fileno() in self._selector.get_map():
            self._selector.unregister(self._next.line.fileno())
        self._next.line.close()
        self._next = None

    def _note_failure(self, code: int | None) -> None:
        """Says in its status file that the next front has failed, unless it did so itself."""
        if self._next_plan.status_file is None:
            return
        file = Path(self._next_plan.status_file + NEXT)
        try:
            said = json.loads(file.read_bytes())
            if said.get("state") == "failed":
                return
            how = "could not be started" if code is None else f"ended with exit code {code}"
            if code is not None and code < 0:
                how = f"was ended by signal {-code}"
            why = {
                "cause": "server_died",
                "message": f"The front of the new revision {how}; the log says more.",
                "exit_code": code,
            }
            write_json(file, {**said, "state": "failed", "diagnosis": why})
        except (OSError, ValueError) as error:
            self._say(f"{file} cannot be written: {error}")

    # -- the end --------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._stops += 1
        if self._next is not None:
            _send(self._next, signal.SIGKILL)
        if self._front is None:
            self._code = 0
            return
        # Fronts count too: the first is a wish, the second an order.
        for front in (self._front, *self._leaving):
            _send(front, signal.SIGTERM if self._stops <= 2 else signal.SIGKILL)

    def _pump(self) -> None:
        """Takes what is there, a bounded part of it: a script may print faster than we write."""
        for _ in range(_READS_AT_ONCE):
            try:
                data = os.read(self._read, 1 << 16)
            except BlockingIOError:
                return
            self._log.write(data)

    def _say(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        self._log.write(f"{stamp},000 E [{os.getpid()}] supervisor - {text}\n".encode())

    def _write_state(self) -> None:
        host, port = _address(self._plan.listen_fd)
        state = {
            "version": 1,
            "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            "pid": os.getpid(),
            "started": time.time(),
            "host": host,
            "port": port,
        }
        write_json(Path(self._plan.state_file), state)


def _in_child() -> Callable[[], None]:
    die_with_parent = orphans.die_with_parent()

    def prepare() -> None:
        let_through()
        die_with_parent()

    return prepare


def _send(front: _Front, number: signal.Signals) -> None:
    # Not by Popen, which would reap one that has ended, so that nobody heard of it.
    with contextlib.suppress(ProcessLookupError):
        os.kill(front.pid, number)


def _address(fd: int) -> tuple[str, int]:
    duplicate = socket.socket(fileno=os.dup(fd))
    with duplicate:
        host, port = duplicate.getsockname()[:2]
        return str(host), int(port)


if __name__ == "__main__":
    sys.exit(main())
