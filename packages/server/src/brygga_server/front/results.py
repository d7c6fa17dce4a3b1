"""Arrays that a worker sends back, made to JSON without Python code for each number."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from brygga_server.worker import frames

_TYPES = frozenset("?bBhHiIqQfd")


def to_json(reply: frames.Reply) -> bytes:
    """The array of a reply as JSON.

    Raises:
        FrameError: The reply holds no array.
    """
    return _dumps()(_nested(reply))


def each_to_json(reply: frames.Reply, rows: Sequence[int]) -> list[bytes]:
    """So many rows each of the array of a reply, as JSON.

    Raises:
        FrameError: The reply holds no array, or one with another number of rows.
    """
    items = _nested(reply)
    if len(items) != sum(rows):
        raise frames.FrameError(f"{len(items)} rows for requests with {sum(rows)}")
    dumps, ends = _dumps(), accumulate(rows)
    return [dumps(items[end - count : end]) for end, count in zip(ends, rows, strict=True)]


def texts(reply: frames.Reply, count: int) -> list[memoryview]:
    """The texts of a reply to joined requests.

    Raises:
        FrameError: There are not so many.
    """
    try:
        lengths = struct.unpack(f"<{count}I", reply.meta)
    except struct.error as error:
        raise frames.FrameError("a joined reply has another number of texts") from error
    if sum(lengths) != len(reply.body):
        raise frames.FrameError("the texts of a joined reply do not add up")
    body = memoryview(reply.body)
    ends = accumulate(lengths)
    return [body[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _nested(reply: frames.Reply) -> list[Any]:
    try:
        letter, dimensions = struct.unpack_from("<cB", reply.meta)
        shape = struct.unpack_from(f"<{dimensions}I", reply.meta, 2)
        kind = letter.decode("ascii")
        if kind not in _TYPES or not shape:
            raise frames.FrameError(f"an array of type {kind!r} and shape {shape}")
        found: list[Any] = memoryview(reply.body).cast("B").cast(kind, shape).tolist()
    except (struct.error, TypeError, ValueError) as error:
        raise frames.FrameError(f"a reply holds no array: {error}") from error
    else:
        return found


def _dumps() -> Callable[[object], bytes]:
    import orjson  # its own imports take longer than all else here, and many need it never

    return orjson.dumps
