"""Starts the process of a worker.

Imported before the heavy parts of the front, so that the worker's imports go on beside ours.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from pathlib import Path

import brygga_server.worker
from brygga_server import orphans, signal_scope, signals
from brygga_server.front import arena
from brygga_server.front.confinement import confinement
from brygga_server.front.process import ChildProcess
from brygga_server.settings import ServerSettings
from brygga_server.worker import frames
from brygga_server.worker.workplace import NAMES, Workplace, settle

BOOTSTRAP = Path(brygga_server.worker.__file__).with_name("bootstrap.py")
PAGE_SIZE = mmap.PAGESIZE  # of the progress page; the arena is behind it
TAG = "BRYGGA_WORKER"
FRONT = os.urandom(8).hex()  # begins the tags of all workers of this front
_SOCKET_BUFFER = 1 << 20
_BATCH_ROWS = 64  # where only a wait is set
_LEFT_OUT = frozenset(("VIRTUAL_ENV", *NAMES))
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
)


class SpawnError(Exception):
    """The interpreter of the workers cannot be started."""


def spawn(settings: ServerSettings, blas_threads: int, bootstrap: Path = BOOTSTRAP) -> ChildProcess:
    """Starts a worker in a session of its own and sends it START.

    Raises:
        SpawnError: The interpreter or the working folder is not there.
    """
    try:
        ours, theirs = socket.socketpair()
    except OSError as error:
        raise SpawnError(f"A worker cannot be started: {error.strerror}.") from error
    try:
        memory_fd = os.memfd_create("brygga-worker", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError as error:
        ours.close()
        theirs.close()
        raise SpawnError(f"A worker cannot be started: {error.strerror}.") from error
    try:
        os.ftruncate(memory_fd, PAGE_SIZE + arena.SIZE)
        # Were it cut short by the script, our next look at it would be our end.
        fcntl.fcntl(memory_fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        memory = mmap.mmap(memory_fd, PAGE_SIZE + arena.SIZE)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        tag = f"{FRONT}-{os.urandom(8).hex()}"
        python = settings.python or sys.executable
        root = workplace(settings).app_root
        try:
            popen = subprocess.Popen(
                [python, "-s", str(bootstrap), str(theirs.fileno()), str(memory_fd)],
                stdin=subprocess.DEVNULL,
                cwd=root,
                env=environment(settings, blas_threads, tag),
                pass_fds=(theirs.fileno(), memory_fd),
                start_new_session=True,
                preexec_fn=_in_child(settings),  # noqa: PLW1509 - there are no threads here
            )
        except (OSError, subprocess.SubprocessError) as error:
            ours.close()
            what = python if Path(root).is_dir() else f"in the working folder {root}"
            raise SpawnError(f"The interpreter {what} cannot be started: {error}.") from error
        _prefer_as_victim(popen.pid)
    finally:
        theirs.close()
        os.close(memory_fd)
    with suppress(OSError):  # it has ended already: that is noticed like any other end
        ours.sendall(frames.encode_frame(frames.START, json.dumps(start(settings)).encode()))
    return ChildProcess(popen.pid, tag, ours, memory, popen)


def workplace(settings: ServerSettings) -> Workplace:
    """Where the workers find what they need."""
    return settle(
        settings.app_root,
        entry_script=settings.entry_script,
        source_directory=settings.source_directory,
        model_dir=settings.model_dir,
        secrets_dir=settings.secrets_dir,
        profile=settings.profile,
    )


def start(settings: ServerSettings) -> dict[str, object]:
    """What START says."""
    return {
        "version": 1,
        "profile": settings.profile,
        **workplace(settings)._asdict(),
        "threads": settings.threads_per_worker,
        "service_name": settings.service_name,
        "service_version": settings.service_version,
        "service_path_prefix": settings.path_prefix,
        "scoring_timeout_ms": settings.scoring_timeout_ms,
        "log_format": settings.log_format,
        "log_level": settings.log_level,
        "nan": settings.nan,
        "read_ahead": settings.read_ahead,
        "batch": _batch(settings),
    }


def _batch(settings: ServerSettings) -> dict[str, object] | None:
    """What the settings say of batching; None leaves it to the script."""
    rows, wait = settings.batch_max_rows, settings.batch_max_wait_ms
    if rows is None and wait is None:
        return None
    return {"max_rows": rows or _BATCH_ROWS, "max_wait_ms": wait or 0.0}


def environment(settings: ServerSettings, blas_threads: int, tag: str) -> dict[str, str]:
    """The workers' environment: the front's, without what is ours, with what the service adds."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "BRYGGA_")) and name not in _LEFT_OUT
    }
    for name in _THREADS:
        env.setdefault(name, str(blas_threads))
    # Logs are read while they are written.
    return {**env, "PYTHONUNBUFFERED": "1", **settings.environment, TAG: tag}


def blas_threads(settings: ServerSettings, workers: int) -> int:
    """Threads that BLAS and OpenMP may use in each of so many workers."""
    cores = settings.cpu_cores or len(os.sched_getaffinity(0))
    return max(1, int(cores / workers))


def wanted_workers(settings: ServerSettings) -> int:
    """How many workers the settings ask for; memory may allow fewer, see `Pool`."""
    if settings.workers is not None:
        return settings.workers
    return max(1, ceil(settings.cpu_cores or 1))


def _in_child(settings: ServerSettings) -> Callable[[], None]:
    die_with_parent = orphans.die_with_parent()
    enter_group = confinement(settings).before_exec(settings)
    enter_scope = signal_scope.before_exec()
    soft, hard = ORIGINAL_FILES

    def prepare() -> None:
        signals.let_through()
        die_with_parent()
        enter_group()
        enter_scope()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)

    return prepare


def _prefer_as_victim(pid: int) -> None:
    """Where memory runs out, the kernel takes the worker and leaves the front."""
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    except OSError:
        return  # it has ended already, or the system does not let us


# What the front was started with; it raises its own limit later, workers get this one.
ORIGINAL_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)
