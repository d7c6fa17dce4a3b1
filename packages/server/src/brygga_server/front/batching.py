"""Which of the requests that wait run together."""

from __future__ import annotations

from collections import deque

from brygga_server.front.exchange import Exchange

_LOOKED_AT = 256  # requests behind the first; beyond them none is looked for


def joinable(exchange: Exchange) -> bool:
    """Whether a request may run together with others."""
    form = exchange.form
    return form is not None and form.group is not None and not exchange.alone


def wait_for(queue: deque[Exchange], max_rows: int, max_wait: float, now: float) -> float:
    """How many seconds more the first request of the queue should wait for company.

    It waits until the rows that may join it fill a batch, or it has waited `max_wait` seconds.
    """
    if not max_wait:
        return 0.0
    first = next((e for e in queue if e.waiting), None)
    if first is None or not joinable(first) or first.form is None:
        return 0.0
    group, rows = first.form.group, 0
    for number, exchange in enumerate(queue):
        form = exchange.form
        if form is not None and exchange.waiting and not exchange.alone and form.group == group:
            rows += form.rows
        if rows >= max_rows or number >= _LOOKED_AT:
            return 0.0
    return max(0.0, first.queued + max_wait - now)


def take(
    first: Exchange, queue: deque[Exchange], max_rows: int, max_requests: int
) -> list[Exchange]:
    """Takes those out of the waiting that may run together with `first`, it included.

    Never more than `max_rows` rows, unless `first` alone has more. They stay in the queue, which
    passes over whoever does not wait any more.
    """
    first.waiting = False
    found = [first]
    if not joinable(first) or first.form is None:
        return found
    group, rows = first.form.group, first.form.rows
    for number, exchange in enumerate(queue):
        if rows >= max_rows or len(found) >= max_requests or number >= _LOOKED_AT:
            break
        form = exchange.form
        if form is None or not exchange.waiting or exchange.alone or form.group != group:
            continue
        if exchange.inputs is not first.inputs:
            continue  # laid out for workers of another generation
        if rows + form.rows <= max_rows:
            rows += form.rows
            exchange.waiting = False
            found.append(exchange)
    return found
