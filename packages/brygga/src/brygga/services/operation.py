"""One operation at a time on a service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from brygga.errors import NotFoundError, OperationInProgressError
from brygga.services.dependencies import ServiceDependencies
from brygga.services.reconciliation import reconcile
from brygga.store.rows import ServiceRow

_PATIENCE_S = 0.5


@contextmanager
def changing(parts: ServiceDependencies, service: str, what: str) -> Iterator[ServiceRow]:
    """An operation on a service that is there: what its target shows is written down first.

    Raises:
        NotFoundError: there is none of that name.
        InvalidInputError: it is out of reach from here.
        OperationInProgressError: another operation on it is running.
    """
    with operation(parts, service, what):
        row = find_row(parts, service)
        parts.target_of(row)
        reconcile(parts, service)
        yield row


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
    return parts.operation(service, "").is_held()


def find_row(parts: ServiceDependencies, service: str) -> ServiceRow:
    """The row of a service.

    Raises:
        NotFoundError: there is none; those there are are named.
    """
    row = parts.store.services.find(service)
    if row is None:
        raise NotFoundError("service", service, [r.name for r in parts.store.services.list()])
    return row
