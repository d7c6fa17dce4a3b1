"""What a worker is sent of a request."""

from __future__ import annotations

import json
from urllib.parse import unquote_to_bytes

from brygga_server.front import arena, read_ahead
from brygga_server.front.exchange import Exchange
from brygga_server.front.worker import Worker
from brygga_server.worker import frames


def item(exchange: Exchange, worker: Worker) -> frames.Request:
    """The request in the form that the worker's script takes."""
    request = _item(exchange, worker)
    size = len(request.body)
    if size >= arena.LEAST:
        place = worker.arena.put([request.body], size)
        if place is not None:
            return request._replace(body=place.pack(), flags=request.flags | frames.SHARED)
    return request


def joined(together: list[Exchange], worker: Worker) -> list[frames.Buffer]:
    """The frame of requests that run as one, in parts.

    Args:
        together: The requests, already with the ids of this worker, and of one group.
        worker: Whose frame it is.
    """
    forms = [exchange.form for exchange in together if exchange.form is not None]
    arrays: list[frames.Buffer] = [form.data for form in forms]
    size = sum(map(len, arrays))
    place = worker.arena.put(arrays, size) if size >= arena.LEAST else None
    rows = [form.rows for form in forms]
    meta = worker.inputs.meta_of_rows(forms[0], sum(rows))
    names = "\0".join([exchange.request_id for exchange in together])
    ids = [exchange.id for exchange in together]
    return frames.joined_parts(ids, rows, names, meta, arrays if place is None else place)


def _item(exchange: Exchange, worker: Worker) -> frames.Request:
    id_, request_id = exchange.id, exchange.request_id
    form = exchange.form
    if form is not None:
        return frames.Request(id_, frames.ARRAYS, request_id, form.meta, form.data)
    if worker.raw:
        return frames.Request(id_, frames.RAW, request_id, _head(exchange), exchange.body)
    headers = json.dumps(exchange.shown_headers()).encode() if worker.wants_headers else b""
    if exchange.method == b"GET":
        return frames.Request(id_, frames.QUERY, request_id, exchange.query, headers)
    if worker.inputs.ahead and not headers:
        values = read_ahead.values(exchange.body)
        if values is not None:
            return frames.Request(id_, frames.BODY, request_id, values, exchange.body, frames.AHEAD)
    flags = frames.NOT_JSON if worker.decorated and not exchange.is_json else 0
    return frames.Request(id_, frames.BODY, request_id, headers, exchange.body, flags)


def _head(exchange: Exchange) -> bytes:
    """All that @rawhttp scripts see of a request besides its body."""
    head = {
        "method": exchange.method.decode("latin-1"),
        "path": unquote_to_bytes(exchange.path).decode("utf-8", "replace"),
        "query": exchange.query.decode("latin-1"),
        "headers": exchange.shown_headers(),
        "remote": exchange.remote,
        "scheme": "https" if exchange.secure else "http",
    }
    return json.dumps(head).encode()
