"""What a worker is sent of a request."""

from __future__ import annotations

import json
from urllib.parse import unquote_to_bytes

from brygga_server.front.exchange import Exchange
from brygga_server.front.worker import Worker
from brygga_server.worker import frames


def item(exchange: Exchange, worker: Worker, *, joined: bool = False) -> frames.Request:
    """The request in the form that the worker's script takes; `joined` ones have arrays."""
    id_, request_id = exchange.id, exchange.request_id
    form = exchange.form
    if form is not None:
        flags = frames.JOINED if joined else 0
        return frames.Request(id_, frames.ARRAYS, request_id, form.meta, form.data, flags)
    if worker.raw:
        return frames.Request(id_, frames.RAW, request_id, _head(exchange), exchange.body)
    headers = json.dumps(exchange.shown_headers()).encode() if worker.wants_headers else b""
    if exchange.method == b"GET":
        return frames.Request(id_, frames.QUERY, request_id, exchange.query, headers)
    flags = frames.NOT_JSON if worker.decorated and not exchange.is_json else 0
    return frames.Request(id_, frames.BODY, request_id, headers, exchange.body, flags)


def _head(exchange: Exchange) -> bytes:
    """All that @rawhttp scripts see of a request besides its body."""
    head = {
        "method": exchange.method.decode("latin-1"),
        "path": unquote_to_bytes(exchange.path).decode("utf-8", "replace"),
        "query": exchange.query.decode("latin-1"),
        "headers": exchange.shown_headers(),
        "remote": exchange.connection.remote,
        "scheme": "https" if exchange.connection.secure else "http",
    }
    return json.dumps(head).encode()
