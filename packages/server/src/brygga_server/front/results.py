"""What workers say of requests, as dialects are told it: read whole, or it is no frame."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from brygga_server.front.answer import Field
from brygga_server.front.outcomes import FROM_WORKER, Outcome
from brygga_server.worker import frames

_TYPES = frozenset("?bBhHiIqQfd")


class Said(NamedTuple):
    """What a script says of its answer itself."""

    outcome: Outcome  # OK or PASSED
    status: int
    content_type: str | None  # None: nothing
    headers: Sequence[Field]


def array_of(reply: frames.Reply) -> memoryview:
    """The array in a reply: C order, of the types that `memoryview` knows, rows first.

    Raises:
        FrameError: There is none.
    """
    try:
        letter, dimensions = struct.unpack_from("<cB", reply.meta)
        shape = struct.unpack_from(f"<{dimensions}I", reply.meta, 2)
        kind = letter.decode("ascii")
        if kind not in _TYPES or not shape:
            raise frames.FrameError(f"an array of type {kind!r} and shape {shape}")
        return memoryview(reply.body).cast("B").cast(kind, shape)
    except (struct.error, TypeError, ValueError) as error:
        raise frames.FrameError(f"a reply holds no array: {error}") from error


def said_of(reply: frames.Reply) -> Said:
    """What the script says in a reply.

    Raises:
        FrameError: It says nothing that can be read.
    """
    try:
        meta = json.loads(reply.meta) if reply.meta else {}
        headers = [(str(name), str(value)) for name, value in meta.get("headers", ())]
        content_type = meta.get("content_type")
    except (ValueError, TypeError, AttributeError) as error:
        raise frames.FrameError(f"a reply says nothing of its answer: {error}") from error
    kind = None if content_type is None else str(content_type)
    return Said(FROM_WORKER[reply.cause], reply.status or 200, kind, headers)


def arrays_of(reply: frames.Reply, rows: Sequence[int]) -> list[memoryview]:
    """The array in a reply to requests that ran as one, in parts of so many rows.

    Raises:
        FrameError: There is none, or it has another number of rows.
    """
    whole, total = array_of(reply), sum(rows)
    if len(whole) != total:
        raise frames.FrameError(f"{len(whole)} rows for requests with {total}")
    return [whole[start:end] for start, end in _bounds(rows)]


def texts_of(reply: frames.Reply, count: int) -> list[memoryview]:
    """The texts in a reply to so many requests that ran as one.

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
    return [body[start:end] for start, end in _bounds(lengths)]


def to_json(array: memoryview) -> bytes:
    """An array as JSON, without Python code for each number."""
    import orjson  # its own imports take longer than all else here, and many need it never

    return orjson.dumps(array.tolist())


def _bounds(lengths: Sequence[int]) -> Iterable[tuple[int, int]]:
    ends = list(accumulate(lengths))
    return zip([0, *ends], ends, strict=False)
