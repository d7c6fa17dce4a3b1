"""Keeps workers from sending signals to the front and the supervisor, where the kernel can.

Landlock can since Linux 6.12: a process that has entered a scope reaches only those within it.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct
from collections.abc import Callable

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every processor
_VERSION = 1  # a flag: asks for the version instead
_FIRST_WITH_SIGNALS = 6
_RULESET = struct.pack("<QQQ", 0, 0, 1 << 1)  # no files, no network, the scope of signals
_PR_SET_NO_NEW_PRIVS = 38


@functools.cache
def holds() -> bool:
    """Whether workers that enter a scope of their own cannot send signals to us."""
    return _syscall()(_CREATE_RULESET, None, 0, _VERSION) >= _FIRST_WITH_SIGNALS


def describe() -> str:
    """For people: what keeps the script's code from ending the service by a signal."""
    found = []
    if os.getpid() == 1:
        found.append("PID namespace (its first process cannot be killed from within)")
    if holds():
        found.append("Landlock signal scope")
    if found:
        return f"the script is kept from ending the front: {', '.join(found)}"
    return (
        "none: neither a Landlock signal scope nor a PID namespace. What the script sends to the "
        "front is told by its sender and ignored; a front that it kills is started again"
    )


def before_exec() -> Callable[[], None]:
    """What a worker does before it executes: enters a scope of its own, where there are any."""
    if not holds():
        return lambda: None
    call, prctl = _syscall(), ctypes.CDLL(None).prctl
    ruleset = _ruleset()

    def enter() -> None:
        if call(_RESTRICT_SELF, ruleset, 0) != 0:
            # Without rights it is allowed to those that cannot gain any.
            prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            call(_RESTRICT_SELF, ruleset, 0)

    return enter


@functools.cache
def _ruleset() -> int:
    """Of all workers; each that enters it makes a scope of its own of it."""
    fd = int(_syscall()(_CREATE_RULESET, _RULESET, len(_RULESET), 0))
    os.set_inheritable(fd, False)
    return fd


def _syscall() -> Callable[..., int]:
    call: Callable[..., int] = ctypes.CDLL(None, use_errno=True).syscall
    return call
