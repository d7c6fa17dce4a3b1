"""Asking a running service: is it there, what does it do, do this (docs/server.md)."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Action, Hint, Verb
from brygga.targets.local.folder import ServiceFolder, read_json
from brygga.targets.local.noted_process import NotedProcess

_ANSWER_LIMIT = 1 << 20
_RESTART_S = 10.0  # in which a front that died is back
_EVENTS = 5
_ADOPTION_S = 5.0  # in which a front has another supervisor


def is_running(folder: ServiceFolder) -> bool:
    """Whether the service's supervisor lives, or a front that it has left: both hold the lock."""
    try:
        handle = os.open(folder.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def boot_id() -> str:
    """Names this run of the machine; another one after a reboot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def ask(folder: ServiceFolder, request: dict[str, object], *, timeout_s: float = 5.0) -> object:
    """Sends one request to the front and returns its answer.

    Raises:
        StoreError: nobody answers.
    """
    return _asked(folder, request, timeout_s)


def tell(folder: ServiceFolder, request: dict[str, object]) -> object:
    """As `ask`, of a front that may be starting again at the moment: that is waited for."""
    deadline = time.monotonic() + _RESTART_S
    while True:
        try:
            return _asked(folder, request, _RESTART_S)
        except StoreError:
            if time.monotonic() > deadline or not is_running(folder):
                raise
        time.sleep(0.02)


def _asked(folder: ServiceFolder, request: dict[str, object], timeout_s: float) -> object:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(timeout_s)
            sock.connect(str(folder.control_socket))
            sock.sendall(json.dumps({"version": 1, **request}).encode() + b"\n")
            return json.loads(_read_line(sock))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"The service {folder.path.name!r} does not answer on its control socket: {error}.",
            code=ErrorCode.SERVICE_UNRESPONSIVE,
            hint=Hint.of(
                "Bring it back with {}.", Action(Verb.RESTART, {"name": folder.path.name})
            ),
        ) from error


def tell_of_next(folder: ServiceFolder) -> None:
    """Has the supervisor look for the plan of a front that is to take over.

    Where it was just killed, the one that comes after it is waited for: that finds the plan by
    itself, too, so that the update goes on whatever was said of it here.

    Raises:
        StoreError: nobody supervises.
    """
    deadline = time.monotonic() + _ADOPTION_S
    while True:
        with _supervisor(folder) as process:
            if process is not None:
                process.send(signal.SIGHUP)
                return
        if time.monotonic() >= deadline or not is_running(folder):
            raise StoreError(
                f"The service {folder.path.name!r} stopped while it was being updated.",
                code=ErrorCode.SERVICE_UNRESPONSIVE,
                hint="Give the command again.",
            )
        time.sleep(0.02)


def stop(folder: ServiceFolder, *, grace_s: float = 30.0) -> None:
    """Ends a service's processes: what runs is finished, at the most for `grace_s` seconds.

    Idle connections are not waited for.
    """
    bring_back_supervision(folder)
    for number in _escalation(folder, grace_s):
        with _supervisor(folder) as supervisor, _front(folder) as front:
            if number is signal.SIGKILL:
                _kill(supervisor, front)
            elif supervisor is not None:
                supervisor.send(number)
            elif front is not None:
                front.send(number)
    _wait_until_gone(folder, 10.0)


def bring_back_supervision(folder: ServiceFolder) -> None:
    """What was stopped by a signal goes on; a front alone is waited for to find a supervisor.

    One that cannot, since it hangs, is ended: then nothing of the service runs any more.
    """
    if not is_running(folder):
        return
    if _is_supervised(folder):
        return
    deadline = time.monotonic() + _ADOPTION_S
    while time.monotonic() < deadline:
        if not is_running(folder) or _is_supervised(folder):
            return
        time.sleep(0.02)
    try:
        ask(folder, {"op": "status"})
    except StoreError:
        with _front(folder) as front:
            _kill(None, front)
        _wait_until_gone(folder, 5.0)


def was_killed(folder: ServiceFolder) -> bool:
    """Whether nothing runs of what was started in this run of the machine, and nobody ended it."""
    state = read_json(folder.state_file)
    return (
        state is not None
        and state.get("boot_id") == boot_id()
        and state.get("ended") is False
        and not is_running(folder)
    )


def events(folder: ServiceFolder) -> list[str]:
    """What has happened to supervisor and front since they were started, the newest last.

    Of a gateway as well, which is what a supervisor calls a front.
    """
    said = (read_json(folder.state_file) or {}).get("events")
    found = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
    return [f"{_when(each.get('at'))} {each.get('message')}" for each in found[-_EVENTS:]]


def _when(seconds: object) -> str:
    moment = float(seconds) if isinstance(seconds, int | float) else 0.0
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))  # as other moments are shown


def _is_supervised(folder: ServiceFolder) -> bool:
    with _supervisor(folder) as supervisor, _front(folder) as front:
        # To one that was not stopped it means nothing.
        for process in (supervisor, front):
            if process is not None:
                process.send(signal.SIGCONT)
        return supervisor is not None


def _kill(supervisor: NotedProcess | None, front: NotedProcess | None) -> None:
    """Both, so that neither of them starts the other one again."""
    if supervisor is not None:
        supervisor.send(signal.SIGSTOP)
    for process in (front, supervisor):
        if process is not None:
            process.send(signal.SIGKILL)


def _escalation(folder: ServiceFolder, grace_s: float) -> Iterator[signal.Signals]:
    """SIGTERM; again once nothing is in flight, which ends it at once; then SIGKILL."""
    yield signal.SIGTERM
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and is_running(folder):
        # Told twice at once, it would hear it once: the second word waits for the first.
        if _has_finished(folder):
            break
        time.sleep(0.02)
    if is_running(folder):
        yield signal.SIGTERM
    if not _wait_until_gone(folder, 5.0):
        yield signal.SIGKILL


def _has_finished(folder: ServiceFolder) -> bool:
    """Whether the front knows that it is to end, and has nothing more to answer."""
    try:
        answer = ask(folder, {"op": "status"}, timeout_s=1.0)
    except StoreError:
        return False
    return isinstance(answer, dict) and (answer.get("state"), answer.get("in_flight")) == (
        "stopping",
        0,
    )


def _wait_until_gone(folder: ServiceFolder, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def _supervisor(folder: ServiceFolder) -> Iterator[NotedProcess | None]:
    """The process that supervises; None where there is none."""
    with _noted(folder, lambda state: state) as process:
        yield process


@contextlib.contextmanager
def _front(folder: ServiceFolder) -> Iterator[NotedProcess | None]:
    """The process that serves; None where there is none, or nothing was noted of it."""
    with _noted(folder, lambda state: state.get("front")) as process:
        yield process


@contextlib.contextmanager
def _noted(
    folder: ServiceFolder, place: Callable[[dict[str, object]], object]
) -> Iterator[NotedProcess | None]:
    """A process of the state file, which counts only in this boot and while the lock is held."""
    state = read_json(folder.state_file)
    noted = None if state is None or state.get("boot_id") != boot_id() else place(state)
    process = NotedProcess.find(noted) if isinstance(noted, dict) and is_running(folder) else None
    try:
        yield process
    finally:
        if process is not None:
            process.close()


def _read_line(sock: socket.socket) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n") and len(data) < _ANSWER_LIMIT:
        part = sock.recv(65536)
        if not part:
            break
        data += part
    return bytes(data)
