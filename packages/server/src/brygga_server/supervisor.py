"""Holds the listening socket and the log of a service, and restarts its front when it dies.

``python -I -m brygga_server.supervisor [--detach] FILE``, where FILE is::

    {"version": 1, "front": [argv], "listen_fd": 3, "lock_file": ..., "state_file": ...,
     "log": {"path": ..., "max_bytes": ..., "keep": 3}}

Standard library only, since it stays in memory for the life of the service beside the front.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from brygga_server import orphans
from brygga_server.rotation import RotatingFile

_LONGEST_PAUSE = 30.0
_CALM = 10.0  # a front that lived this long was not part of a crash loop
_FAILED = 3  # exit code of a front whose revision never came up: nothing restarts it


class PlanError(Exception):
    """The file that says what to supervise cannot be used."""


@dataclass(frozen=True)
class Plan:
    """What to supervise."""

    front: list[str]
    listen_fd: int
    log_path: str
    log_max_bytes: int
    log_keep: int
    lock_file: str
    state_file: str

    @classmethod
    def load(cls, file: str) -> Self:
        """Reads FILE.

        Raises:
            PlanError: With the key that is missing or wrong.
        """
        try:
            data = json.loads(Path(file).read_bytes())
            if data["version"] != 1:
                raise PlanError(f"{file} has version {data['version']!r}, not 1.")
            log = data["log"]
            return cls(
                front=[str(word) for word in data["front"]],
                listen_fd=int(data["listen_fd"]),
                log_path=str(log["path"]),
                log_max_bytes=int(log["max_bytes"]),
                log_keep=int(log["keep"]),
                lock_file=str(data["lock_file"]),
                state_file=str(data["state_file"]),
            )
        except OSError as error:
            raise PlanError(f"{file} cannot be read: {error.strerror}.") from error
        except KeyError as error:
            raise PlanError(f"{file} lacks {error}.") from error
        except (ValueError, TypeError) as error:
            raise PlanError(f"{file} is not a plan of a supervisor: {error}.") from error


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
        plan = Plan.load(arguments[0])
        lock = _lock(plan.lock_file)
    except PlanError as error:
        print(f"supervisor: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        return _Supervisor(plan).run(caller)
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
    """Holds the lock that says this service is running; it ends with the process, however."""
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise PlanError(f"{file} is locked: another supervisor runs this service.") from None
    return fd


class _Supervisor:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._log = RotatingFile(plan.log_path, plan.log_max_bytes, plan.log_keep)
        self._read, self._write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._read, False)
        self._wake, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wake)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._front: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._deaths = 0
        self._next_start = 0.0
        self._stops = 0  # how often we were told to end
        self._code: int | None = None

    def run(self, caller: int | None = None) -> int:
        orphans.become_subreaper()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._write_state()
        if caller is not None:
            _let_go(caller)
        self._start()
        while self._code is None:
            for key, _ in self._selector.select(self._timeout()):
                if key.fd == self._read:
                    self._pump()
                else:
                    os.read(self._wake, 4096)
            self._reap()
            self._start_when_due()
        orphans.end_all_children()
        self._pump()
        self._log.close()
        return self._code

    def _start_when_due(self) -> None:
        if self._front is None and self._code is None and time.monotonic() >= self._next_start:
            self._start()

    def _start(self) -> None:
        plan = self._plan
        self._started = time.monotonic()
        try:
            self._front = subprocess.Popen(
                plan.front,
                stdin=subprocess.DEVNULL,
                stdout=self._write,
                stderr=self._write,
                pass_fds=(plan.listen_fd,),
                # A front alone would hold the port that the next supervisor needs.
                preexec_fn=orphans.die_with_parent(),  # noqa: PLW1509 - there are no threads here
            )
        except OSError as error:
            self._say(f"the front {plan.front[0]} cannot be started: {error.strerror}")
            self._code = _FAILED

    def _timeout(self) -> float | None:
        if self._front is not None:
            return None
        return max(0.0, self._next_start - time.monotonic())

    def _reap(self) -> None:
        """Collects who has ended: the front, or somebody it left to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._front is not None and pid == self._front.pid:
                self._front.returncode = os.waitstatus_to_exitcode(status)
                self._front_ended(self._front.returncode)

    def _front_ended(self, code: int) -> None:
        self._front = None
        orphans.end_all_children()
        if self._stops or code in (0, _FAILED):
            self._code = max(code, 0)
            return
        calm = time.monotonic() - self._started > _CALM
        self._deaths = 1 if calm else self._deaths + 1
        pause = 0.0 if self._deaths == 1 else min(_LONGEST_PAUSE, 0.25 * 2.0 ** (self._deaths - 2))
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        self._say(f"the front ended {how}; it is started again in {pause:g} s")
        self._next_start = time.monotonic() + pause

    def _stop(self) -> None:
        self._stops += 1
        if self._front is None:
            self._code = 0
            return
        # The front counts too: the first is a wish, the second an order.
        self._front.send_signal(signal.SIGTERM)
        if self._stops > 2:
            self._front.kill()

    def _pump(self) -> None:
        while True:
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
        file = Path(self._plan.state_file)
        temporary = file.with_name(file.name + ".new")
        temporary.write_text(json.dumps(state), encoding="utf-8")
        temporary.replace(file)


def _address(fd: int) -> tuple[str, int]:
    duplicate = socket.socket(fileno=os.dup(fd))
    with duplicate:
        host, port = duplicate.getsockname()[:2]
        return str(host), int(port)


if __name__ == "__main__":
    sys.exit(main())
