"""One operation at a time on a service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from brygga.errors import OperationInProgressError
from brygga.services.dependencies import ServiceDependencies

_PATIENCE_S = 0.5


@contextmanager
def operation(parts: ServiceDependencies, service: str, what: str) -> Iterator[None]:
    """Holds the service's lock.

    Raises:
        OperationInProgressError: another operation holds it.
    """
    lock = parts.operation(service, what)
    # Whoever only looks whether it is held holds it for that moment: that is no operation.
    deadline = time.monotonic() + _PATIENCE_S
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise OperationInProgressError(service, lock.holder())
        time.sleep(_PATIENCE_S / 20)
    try:
        yield
    finally:
        lock.release()


def is_busy(parts: ServiceDependencies, service: str) -> bool:
    """Whether an operation on the service is under way, by whomever."""
    lock = parts.operation(service, "")
    if lock.try_acquire(shared=True):
        lock.release()
        return False
    return True
