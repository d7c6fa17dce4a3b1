"""Which of the requests that wait run together."""

from __future__ import annotations

from itertools import islice

from brygga_server.front.exchange import Exchange, Waiting

_LOOKED_AT = 256  # requests behind the first; beyond them none is looked for


def wait_for(queue: Waiting, max_rows: int, max_wait: float, now: float) -> float:
    """How many seconds more the first request of the queue should wait for company.

    It waits until the rows that may join it fill a batch, or it has waited `max_wait` seconds.
    """
    if not max_wait or not queue:
        return 0.0
    first = next(iter(queue))
    if first.form is None or first.form.group is None:
        return 0.0
    if len(queue) > _LOOKED_AT:
        return 0.0
    group, rows = first.form.group, 0
    for exchange in queue:
        form = exchange.form
        if form is not None and form.group == group:
            rows += form.rows
            if rows >= max_rows:
                return 0.0
    return max(0.0, first.queued + max_wait - now)


def company(first: Exchange, queue: Waiting, max_rows: int, max_requests: int) -> list[Exchange]:
    """Those in the queue that may run together with `first`, which is none of them.

    Never more than `max_rows` rows with its own, and `max_requests` requests.
    """
    found: list[Exchange] = []
    if first.form is None or first.form.group is None:
        return found
    group, rows = first.form.group, first.form.rows
    for exchange in islice(queue, _LOOKED_AT):
        if rows >= max_rows or len(found) >= max_requests:
            break
        form = exchange.form
        if form is None or form.group != group or exchange.inputs is not first.inputs:
            continue  # or laid out for workers of another generation
        if rows + form.rows <= max_rows:
            rows += form.rows
            found.append(exchange)
    return found
