"""Asking a running service: is it there, what does it do, do this (docs/server.md)."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Action, Hint, Verb
from brygga.targets.local.folder import ServiceFolder, read_json

_ANSWER_LIMIT = 1 << 20
_RESTART_S = 10.0  # in which a front that died is back


def is_running(folder: ServiceFolder) -> bool:
    """Whether the service's supervisor lives: it holds its lock as long as it does."""
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

    Raises:
        StoreError: nobody supervises.
    """
    pid = _supervisor_pid(folder)
    if pid is None:
        raise StoreError(
            f"The service {folder.path.name!r} stopped while it was being updated.",
            code=ErrorCode.SERVICE_UNRESPONSIVE,
            hint="Give the command again.",
        )
    os.kill(pid, signal.SIGHUP)


def stop(folder: ServiceFolder, *, grace_s: float = 30.0) -> None:
    """Ends a service's processes: what runs is finished, at the most for `grace_s` seconds.

    Idle connections are not waited for.
    """
    pid = _supervisor_pid(folder)
    if pid is None:
        return
    for number in _escalation(folder, grace_s):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    _wait_until_gone(folder, 10.0)


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


def _supervisor_pid(folder: ServiceFolder) -> int | None:
    """Only as long as the lock is held does the number in the state file mean that process."""
    state = read_json(folder.state_file)
    if state is None or state.get("boot_id") != boot_id() or not is_running(folder):
        return None
    pid = state.get("pid")
    return pid if isinstance(pid, int) else None


def _read_line(sock: socket.socket) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n") and len(data) < _ANSWER_LIMIT:
        part = sock.recv(65536)
        if not part:
            break
        data += part
    return bytes(data)
