"""A run that has taken too long is asked to end: an exception is raised in its thread.

The front writes the request's id to the progress page (`ASKED_AT`) and sends `SIGNAL`. Python takes
signals between two steps of its own, and in calls that wait; so whoever sits in C code is not
disturbed, and the id stays on the page, which tells the front so.
"""

import ctypes
import mmap
import signal
import struct
import threading
from typing import List

from .progress import RECALLED_AT

# Scripts and their libraries have their own use for those that have names.
SIGNAL = signal.SIGRTMIN + 12
ASKED_AT = RECALLED_AT - 8
_ID = struct.Struct("<Q")


class ScoringTimeoutError(TimeoutError):
    """run() has taken longer than the service allows."""

    def __str__(self) -> str:
        return "run() has taken longer than the service allows (scoring_timeout_ms)"


class Guard:
    """Says while code of the script runs; one that the main thread calls."""

    def __init__(self) -> None:
        self._id = 0

    def enter(self, id_: int) -> None:
        """Code of the script runs for this request, and may be interrupted."""
        self._id = id_

    def leave(self) -> None:
        """It has come back. Raises `ScoringTimeoutError` where it was asked to a moment before."""
        self._id = 0

    def interrupt(self, id_: int) -> None:
        """In the signal handler: raises if it runs for this request, once."""
        if self._id == id_:
            self._id = 0
            raise ScoringTimeoutError


class ThreadGuard(Guard):
    """As a `Guard`, of code that another thread runs."""

    def __init__(self) -> None:
        super().__init__()
        self._ident = 0
        self._lock = threading.Lock()

    def enter(self, id_: int) -> None:
        """See `Guard`."""
        self._ident = threading.get_ident()
        self._id = id_

    def leave(self) -> None:
        """See `Guard`."""
        with self._lock:
            self._id = 0
        _take_what_is_due()

    def interrupt(self, id_: int) -> None:
        """See `Guard`; it is raised in the other thread, at its next step."""
        with self._lock:
            if self._id == id_:
                self._id = 0
                kind = ctypes.py_object(ScoringTimeoutError)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._ident), kind)


def listen(page: mmap.mmap, guards: List[Guard]) -> None:
    """From now on the front can ask; for the main thread."""

    def asked(*_: object) -> None:
        id_ = _ID.unpack_from(page, ASKED_AT)[0]
        _ID.pack_into(page, ASKED_AT, 0)
        if id_:
            for guard in guards:
                guard.interrupt(id_)

    signal.signal(SIGNAL, asked)


def _take_what_is_due() -> None:
    """Calling a function is a step, at which an exception that is due is raised."""
