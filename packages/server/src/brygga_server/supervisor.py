"""Holds the listening socket and the log of a service, and restarts its front when it dies.

``python -I -m brygga_server.supervisor [--detach | --adopt JSON] FILE``, where FILE is::

    {"version": 1, "front": [argv], "listen_fd": 3, "lock_file": ..., "state_file": ...,
     "log": {"path": ..., "max_bytes": ..., "keep": 3}}

SIGHUP makes it start the front of ``FILE.next`` beside the one that serves; when that is ready it
takes over, and the plan with it.

Where it is killed, its front goes on, and starts another supervisor with ``--adopt``.

Standard library only, since it stays in memory for the life of the service beside the front.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import sys
import time
from pathlib import Path

from brygga_server import orphans
from brygga_server.files import write_json
from brygga_server.front_plan import NEXT, FrontPlan, FrontPlanError
from brygga_server.heartbeat import LOOK
from brygga_server.restarts import LONGEST, Restarts
from brygga_server.rotation import RotatingFile
from brygga_server.signals import NOISE, ORDERS, Signals, is_order
from brygga_server.supervised_front import Adoption, SupervisedFront
from brygga_server.supervisor_channel import (
    BEAT,
    HAND_OVER,
    HERE,
    READY,
    TAKE_OVER,
    Kept,
    SupervisorChannel,
)
from brygga_server.supervisor_state import SupervisorState

_SHORT_PAUSE = 1.0  # the longest for one that has been ready: somebody waits for it
_READS_AT_ONCE = 16
_HEARD = ORDERS | NOISE | {signal.SIGCHLD}
_FAILED = 3  # exit code of a front whose revision never came up: nothing restarts it
_LOOKED_AT = 0.5  # seconds that others may hold the lock to see whether it is held


def main(argv: list[str] | None = None) -> int:
    """Supervises until the front ends by itself or a signal says so; the front's exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    detach = words[:1] == ["--detach"]
    adoption = Adoption.of(words[1]) if words[:1] == ["--adopt"] and len(words) > 1 else None
    words = words[1 if detach else 2 if adoption else 0 :]
    if len(words) != 1:
        usage = "python -m brygga_server.supervisor [--detach | --adopt JSON] FILE"
        print(f"usage: {usage}", file=sys.stderr)  # noqa: T201
        return 2
    caller = _detach() if detach else None
    try:
        plan = FrontPlan.load(words[0])
        lock = _lock(plan.lock_file) if adoption is None else adoption.kept.lock
    except FrontPlanError as error:
        print(f"supervisor: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        return _Supervisor(words[0], plan, lock, adoption).run(caller)
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
    """Holds the lock that says this service is running.

    Fronts keep it as well: it ends when both have, however.

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


class _Supervisor:
    def __init__(
        self, file: str, plan: FrontPlan, lock: int, adoption: Adoption | None = None
    ) -> None:
        self._file = file
        self._plan = plan
        self._lock = lock
        self._pidfd = os.pidfd_open(os.getpid())
        self._log = RotatingFile(plan.log_path, plan.log_max_bytes, plan.log_keep)
        if adoption is None:
            self._read, self._write = os.pipe2(os.O_CLOEXEC)
        else:
            self._read, self._write = adoption.kept.log, os.dup(1)
        os.set_blocking(self._read, False)
        self._signals = Signals(_HEARD)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ, self._pump)
        self._selector.register(self._signals, selectors.EVENT_READ, self._obey)
        self._state = SupervisorState(plan.state_file, plan.listen_fd)
        self._front: SupervisedFront | None = None  # accepts
        self._next: SupervisedFront | None = None  # starts beside it, to take over
        self._next_plan = plan
        self._leaving: list[SupervisedFront] = []  # finish what they hold
        self._asked = False  # for a front beside the present one
        self._restarts = Restarts()
        self._next_start = 0.0
        self._next_look = 0.0
        self._stops = 0  # how often we were told to end
        self._code: int | None = None
        self._adoption = adoption

    def run(self, caller: int | None = None) -> int:
        orphans.become_subreaper()
        self._state.write()
        if caller is not None:
            _let_go(caller)
        if self._adoption is None:
            self._start()
        else:
            self._adopt(self._adoption)
        while self._code is None:
            for key, _ in self._selector.select(self._timeout()):
                if self._selector.get_map().get(key.fd) == key:  # not gone by what came before
                    key.data()
            self._reap()
            self._look()
            self._start_when_due()
            if self._asked and not self._stops:
                self._asked = False
                self._start_beside()
        for front in self._fronts():
            front.process.send(signal.SIGKILL)
        orphans.end_all_children()
        self._pump()
        self._state.end()
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
            elif received.number in ORDERS:
                self._stop()
            else:
                self._say(f"{received.name} means nothing here")

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
        else:
            self._state.serves(self._front.pid)

    def _begin(self, plan: FrontPlan, *, beside: bool) -> SupervisedFront:
        kept = Kept(self._file, self._plan.listen_fd, self._lock, self._read, self._pidfd)
        front = SupervisedFront.start(
            plan.front,
            kept,
            output=self._write,
            beside=beside,
            now=time.monotonic(),
            tell=self._tell,
        )
        self._listen_to(front)
        return front

    def _adopt(self, adoption: Adoption) -> None:
        self._front = front = SupervisedFront.adopt(adoption, time.monotonic(), self._tell)
        self._listen_to(front)
        self._selector.register(front.process, selectors.EVENT_READ, lambda: self._ended(front))
        try:
            front.line.say(HERE, self._pidfd)
        except OSError as error:
            self._say(f"the front does not hear that it is supervised: {error}")
        self._state.serves(front.pid)
        self._tell("the supervisor was killed; the front went on, and has started another one")
        # One that was starting beside it has ended with the supervisor that knew of it.
        if self._said(self._plan, NEXT).get("state") == "starting":
            self._asked = True

    def _listen_to(self, front: SupervisedFront) -> None:
        self._selector.register(
            front.line.fileno(), selectors.EVENT_READ, lambda: self._hear(front)
        )

    def _timeout(self) -> float:
        due = self._next_look if self._front is not None else self._next_start
        return max(0.0, due - time.monotonic())

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK
            for front in self._fronts():
                front.watch.look(now)

    def _reap(self) -> None:
        """Collects who has ended: a front, or somebody it left to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            front = next((f for f in self._fronts() if f.child and f.pid == pid), None)
            if front is None or front.child is None:
                continue
            if os.WIFSTOPPED(status):
                front.watch.go_on()
                continue
            front.child.returncode = os.waitstatus_to_exitcode(status)
            self._ended(front, front.child.returncode)

    def _ended(self, front: SupervisedFront, code: int | None = None) -> None:
        """A front is gone; its exit code is known of children only."""
        self._deafen(front)
        if front is self._front:
            self._front_ended(front, code)
        elif front is self._next:
            self._next = None
            self._note_failure(code)
        else:
            self._leaving.remove(front)
        front.close()
        self._end_left_behind()

    def _deafen(self, front: SupervisedFront) -> None:
        for each in (front.line.fileno(), front.process.fileno()):
            if each in self._selector.get_map():
                self._selector.unregister(each)

    def _fronts(self) -> list[SupervisedFront]:
        return [f for f in (self._front, self._next, *self._leaving) if f is not None]

    def _end_left_behind(self) -> None:
        """Kills what fronts that are gone have left to us."""
        living = {front.pid for front in self._fronts()}
        orphans.kill_left_behind(lambda child: child.pid not in living)

    def _front_ended(self, front: SupervisedFront, code: int | None) -> None:
        said = self._said(self._plan)
        own = said.get("pid") == front.pid
        self._front = None
        self._state.serves(None)
        if self._stops or code == _FAILED or (code is None and own and said["state"] == "failed"):
            self._code = max(code or 0, 0) if self._stops or code is not None else _FAILED
            return
        # By its own account, which stands where it was when it ended without a word.
        ready = said.get("ready_revisions")
        proven = own and isinstance(ready, list) and said.get("revision") in ready
        # Somebody waits for one that has been ready, or that has nothing to start that could fail.
        longest = _SHORT_PAUSE if proven or self._plan.status_file is None else LONGEST
        pause = self._restarts.pause(time.monotonic() - front.started, longest)
        how = "from outside" if code is None else f"with exit code {code}"
        if code is not None and code < 0:
            how = f"by signal {-code}"
        self._tell(f"the front ended {how}; it is started again in {pause:g} s")
        self._next_start = time.monotonic() + pause

    @staticmethod
    def _said(plan: FrontPlan, ending: str = "") -> dict[str, object]:
        """What a front has written of itself; empty where it has not."""
        try:
            said = json.loads(Path(f"{plan.status_file}{ending}").read_bytes())
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    # -- the front that takes over --------------------------------------------------------------

    def _start_beside(self) -> None:
        """Starts the front of the next plan; one that is starting already gives way."""
        if self._next is not None:
            given_up, self._next = self._next, None
            self._deafen(given_up)
            given_up.process.send(signal.SIGKILL)
            if given_up.child is not None:
                given_up.child.wait()
            given_up.close()
        try:
            self._next_plan = FrontPlan.load(self._file + NEXT)
            self._next = self._begin(self._next_plan, beside=True)
        except (FrontPlanError, OSError) as error:
            self._say(f"no front can be started beside the present one: {error}")
            self._note_failure(None)

    def _hear(self, front: SupervisedFront) -> None:
        said = front.line.hear()
        if said is None:
            self._selector.unregister(front.line.fileno())  # it is ending, and will be reaped
        elif said[0] == BEAT:
            front.watch.heard()
        elif said[0] == READY and front is self._next:
            self._hand_over(front)

    def _hand_over(self, successor: SupervisedFront) -> None:
        giving, taking = SupervisorChannel.pair()
        old = self._front
        try:
            successor.line.say(TAKE_OVER, taking.fileno())
            if old is not None:
                old.line.say(HAND_OVER, giving.fileno())
        except OSError as error:
            self._say(f"a front does not hear of the handing over: {error}")
        finally:
            giving.close()
            taking.close()
        if old is not None:
            self._leaving.append(old)
        self._front, self._next = successor, None
        self._plan = self._next_plan
        self._restarts.forget()
        self._state.serves(successor.pid)
        try:
            Path(self._file + NEXT).replace(self._file)
        except OSError as error:
            self._say(f"the plan that holds now cannot be kept: {error}")

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
            self._next.process.send(signal.SIGKILL)
        if self._front is None:
            self._code = 0
            return
        # Fronts count too: the first is a wish, the second an order.
        for front in (self._front, *self._leaving):
            front.process.send(signal.SIGTERM if self._stops <= 2 else signal.SIGKILL)

    def _pump(self) -> None:
        """Takes what is there, a bounded part of it: a script may print faster than we write."""
        for _ in range(_READS_AT_ONCE):
            try:
                data = os.read(self._read, 1 << 16)
            except BlockingIOError:
                return
            self._log.write(data)

    def _tell(self, text: str) -> None:
        """For whoever looks after the service, in the log and where its state is shown."""
        self._say(text)
        self._state.note(text)

    def _say(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        self._log.write(f"{stamp},000 E [{os.getpid()}] supervisor - {text}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
