"""The frames that travel between the front and a worker, both ways, on one stream socket.

A frame is a header and a payload::

    magic "By" | version u8 | kind u8 | payload length u32        (little-endian, 8 bytes)

Front to worker: START (JSON settings, once), REQUESTS (one or more `Request` items), JOINED (one
`Joined`: requests that run as one), CANCEL (the client of a streamed body is gone), STOP.
Worker to front: READY (JSON contract, once), FAILED (JSON diagnosis, once, instead of READY),
REPLIES (one or more `Reply` items), CHUNK and END (a streamed body, after its `Reply`), RELEASE (a
place in the arena is free again), SKIPPED (a request was not begun, since the front took it back).

Large bodies do not travel in frames: they lie in the arena, memory that front and worker share, and
the frame says where (`Place`).

Everything here runs in the user's interpreter too: standard library only, CPython 3.8.
Whatever does not decode raises `FrameError`, and the side that reads it gives the peer up.
"""

import struct
from typing import Iterator, List, NamedTuple, Tuple, Union

VERSION = 1

START, REQUESTS, STOP, CANCEL, JOINED = 1, 2, 3, 4, 5
READY, FAILED, REPLIES, CHUNK, END, RELEASE, SKIPPED = 17, 18, 19, 20, 21, 22, 23
_KINDS = frozenset(
    (START, REQUESTS, STOP, CANCEL, JOINED, READY, FAILED, REPLIES, CHUNK, END, RELEASE, SKIPPED)
)

# How a request reaches run(); docs/server.md says what `meta` and `body` hold.
BODY = 0  # POST: the body, decoded as the script's contract asks
QUERY = 1  # GET: `meta` is the query string
RAW = 2  # rawhttp: `meta` is the head of the request as JSON
ARRAYS = 3  # the front has parsed numbers: `meta` is JSON, `body` the arrays, back to back

# What became of it. The front makes outcomes of causes, see front/outcomes.py.
OK = 0
BAD_INPUT = 1  # the input is not what run() can take; `body` says why
RUN_RAISED = 2  # run() raised
NOT_ENCODABLE = 3  # run() returned what cannot be sent
UNSUPPORTED_MEDIA = 4  # a decorated script was sent something that is not JSON
PASSED = 5  # run() chose status, headers and body itself (AMLResponse)
_CAUSES = frozenset((OK, BAD_INPUT, RUN_RAISED, NOT_ENCODABLE, UNSUPPORTED_MEDIA, PASSED))

STREAMED = 1  # flag of a reply: the body goes on in CHUNK frames up to END
TOGETHER = 2  # of a reply: it is for all the requests of a JOINED frame; `id` is the first one's
ARRAY = 4  # of a reply: the body is an array, `meta` its head; else it is as `docs/server.md` says
PARSED = 8  # of a reply: run() has parsed its text itself, see worker/read_ahead.py
NOT_JSON = 1  # flag of a request: its Content-Type is not JSON
SHARED = 2  # of a request: the body is a `Place`, where the real one lies
AHEAD = 4  # of a BODY request: `meta` is the values of the text, as `marshal` writes them

_HEADER = struct.Struct("<2sBBI")
_REQUEST = struct.Struct("<QBBHII")
_REPLY = struct.Struct("<QBBHQQII")
_JOINED = struct.Struct("<IIIIQ")
_PLACE = struct.Struct("<QQ")
_ID = struct.Struct("<Q")
_ALIGNED = 16
_INLINE = 2**64 - 1  # in the place of an offset
HEADER_SIZE = _HEADER.size
_SMALL = 1 << 16  # bytes of a frame that are copied for less than many parts cost

Buffer = Union[bytes, bytearray, memoryview]


class FrameError(ValueError):
    """Bytes that are not a frame of this version."""


class Request(NamedTuple):
    """One request on its way to run()."""

    id: int  # the front's own number, unique in this worker's life
    how: int  # BODY, QUERY, RAW or ARRAYS
    request_id: str  # the client's x-request-id, for the logs
    meta: bytes
    body: Buffer
    flags: int = 0


class Joined(NamedTuple):
    """Requests that run as one, their arrays back to back in one body."""

    ids: Tuple[int, ...]
    rows: Tuple[int, ...]  # of each: how many rows of the body are its own
    names: bytes  # their x-request-ids, with a zero byte between
    meta: bytes  # as of an ARRAYS request with all the rows
    body: Union[Buffer, "Place"]

    @property
    def request_ids(self) -> List[str]:
        """The x-request-id of each."""
        return str(self.names, "utf-8", "replace").split("\0")


class Place(NamedTuple):
    """Where in the arena a body lies."""

    offset: int
    size: int

    def pack(self) -> bytes:
        """As the body of a request that is `SHARED`."""
        return _PLACE.pack(*self)


class Reply(NamedTuple):
    """What became of one request, or of all of a JOINED frame."""

    id: int
    cause: int  # OK, or why not
    status: int  # 0: the front decides from `cause`
    run_ns: int  # time inside run()
    encode_ns: int  # time spent encoding its result
    meta: bytes  # empty, or JSON {"headers": [[name, value]], "content_type": ..., "error": ...}
    body: Buffer
    flags: int = 0


def encode_frame(kind: int, payload: Buffer = b"") -> bytes:
    """One whole frame; payloads are below 4 GiB."""
    return _HEADER.pack(b"By", VERSION, kind, len(payload)) + bytes(payload)


def decode_header(data: Buffer) -> Tuple[int, int]:
    """(kind, payload length) of the `HEADER_SIZE` bytes in front of a payload."""
    if len(data) < HEADER_SIZE:
        raise FrameError("a frame's header is cut short")
    magic, version, kind, length = _HEADER.unpack_from(data)
    if magic != b"By" or version != VERSION or kind not in _KINDS:
        raise FrameError("not a frame: %r" % bytes(data[:HEADER_SIZE]))
    return kind, length


def encode_requests(requests: List[Request]) -> bytes:
    """A REQUESTS frame."""
    return b"".join(request_parts(requests))


def request_parts(requests: List[Request]) -> List[Buffer]:
    """A REQUESTS frame: in one part where it is small; else bodies are not copied."""
    parts = [b""]  # type: List[Buffer]
    length = 0
    for r in requests:
        name = r.request_id.encode("utf-8", "replace")[:65535]
        n, m, b = len(name), len(r.meta), len(r.body)
        parts.append(_REQUEST.pack(r.id, r.how, r.flags, n, m, b) + name + r.meta)
        parts.append(r.body)
        length += _REQUEST.size + n + m + b
    parts[0] = _HEADER.pack(b"By", VERSION, REQUESTS, length)
    return [b"".join(parts)] if length < _SMALL else parts


def decode_requests(payload: memoryview) -> Iterator[Request]:
    """The items of a REQUESTS payload; bodies are views into it."""
    at, end = 0, len(payload)
    while at < end:
        if end - at < _REQUEST.size:
            raise FrameError("a request item is cut short")
        id_, how, flags, n, m, b = _REQUEST.unpack_from(payload, at)
        at += _REQUEST.size
        if n + m + b > end - at or how > ARRAYS:
            raise FrameError("a request item is longer than its frame")
        name = _text(payload[at : at + n])
        meta = bytes(payload[at + n : at + n + m])
        at += n + m
        yield Request(id_, how, name, meta, payload[at : at + b], flags)
        at += b


def joined_parts(
    ids: List[int], rows: List[int], names: str, meta: bytes, body: Union[List[Buffer], Place]
) -> List[Buffer]:
    """A JOINED frame in parts; arrays are not copied."""
    count, text = len(ids), names.encode("utf-8", "replace")
    length = _JOINED.size + 12 * count + len(text) + len(meta)
    if isinstance(body, Place):
        arrays, offset, size, padding = [], body.offset, body.size, 0  # type: List[Buffer], int, int, int
    else:
        arrays, offset, size = body, _INLINE, sum(map(len, body))
        padding = -length % _ALIGNED
        length += padding + size
    head = struct.pack(
        "<2sBBIIIIIQ%dQ%dI" % (count, count),
        b"By",
        VERSION,
        JOINED,
        length,
        count,
        len(text),
        len(meta),
        size,
        offset,
        *ids,
        *rows,
    )
    return [b"".join((head, text, meta, bytes(padding))), *arrays]


def decode_joined(payload: memoryview) -> Joined:
    """The content of a JOINED frame; an array in it is a view into the payload."""
    if len(payload) < _JOINED.size:
        raise FrameError("a joined frame is cut short")
    count, n, m, size, offset = _JOINED.unpack_from(payload)
    at = _JOINED.size
    if not count or 12 * count + n + m > len(payload) - at:
        raise FrameError("a joined frame is shorter than it says")
    numbers = struct.unpack_from("<%dQ%dI" % (count, count), payload, at)
    at += 12 * count
    names, meta = bytes(payload[at : at + n]), bytes(payload[at + n : at + n + m])
    at += n + m
    body = Place(offset, size)  # type: Union[Buffer, Place]
    if offset == _INLINE:
        at += -at % _ALIGNED
        body = payload[at : at + size]
        if len(body) != size:
            raise FrameError("an array of a joined frame is cut short")
    return Joined(numbers[:count], numbers[count:], names, meta, body)


def decode_place(body: Buffer) -> Place:
    """Where the body of a `SHARED` request lies."""
    if len(body) != _PLACE.size:
        raise FrameError("a place is not an offset and a size")
    return Place(*_PLACE.unpack(body))


def encode_release(offset: int) -> bytes:
    """A RELEASE frame: nothing uses what lies at this offset of the arena any more."""
    return _frame(RELEASE, [_ID.pack(offset)])


def encode_skipped(id_: int) -> bytes:
    """A SKIPPED frame: this request will not be run here."""
    return _frame(SKIPPED, [_ID.pack(id_)])


def decode_number(payload: Buffer) -> int:
    """What a CANCEL, a RELEASE or a SKIPPED frame holds: a request's id, or an offset."""
    if len(payload) != _ID.size:
        raise FrameError("a frame for a number holds %d bytes" % len(payload))
    return int(_ID.unpack_from(payload)[0])


def encode_replies(replies: List[Reply]) -> bytes:
    """A REPLIES frame."""
    parts = []  # type: List[Buffer]
    for r in replies:
        parts.append(
            _REPLY.pack(
                r.id,
                r.cause,
                r.flags,
                r.status,
                r.run_ns,
                r.encode_ns,
                len(r.meta),
                len(r.body),
            )
        )
        parts += (r.meta, r.body)
    return _frame(REPLIES, parts)


def encode_reply(r: Reply) -> bytes:
    """A REPLIES frame with one item: what a worker sends most, so it is made in one step."""
    size = _REPLY.size + len(r.meta) + len(r.body)
    head = _HEADER.pack(b"By", VERSION, REPLIES, size)
    item = _REPLY.pack(
        r.id, r.cause, r.flags, r.status, r.run_ns, r.encode_ns, len(r.meta), len(r.body)
    )
    return b"".join((head, item, r.meta, r.body))


def decode_replies(payload: memoryview) -> Iterator[Reply]:
    """The items of a REPLIES payload; bodies are views into it."""
    at, end = 0, len(payload)
    while at < end:
        if end - at < _REPLY.size:
            raise FrameError("a reply item is cut short")
        id_, cause, flags, status, run_ns, encode_ns, m, b = _REPLY.unpack_from(payload, at)
        at += _REPLY.size
        if m + b > end - at or cause not in _CAUSES:
            raise FrameError("a reply item is longer than its frame")
        meta = bytes(payload[at : at + m])
        at += m
        yield Reply(id_, cause, status, run_ns, encode_ns, meta, payload[at : at + b], flags)
        at += b


def encode_chunk(id_: int, data: Buffer) -> bytes:
    """A CHUNK frame: the next bytes of a streamed body."""
    return _frame(CHUNK, [_ID.pack(id_), data])


def encode_end(id_: int, error: bytes = b"") -> bytes:
    """An END frame: a streamed body is complete, or was cut by `error`."""
    return _frame(END, [_ID.pack(id_), error])


def encode_cancel(id_: int) -> bytes:
    """A CANCEL frame: nobody reads that streamed body any more."""
    return _frame(CANCEL, [_ID.pack(id_)])


def decode_chunk(payload: memoryview) -> Tuple[int, memoryview]:
    """(request id, bytes) of a CHUNK or END payload."""
    if len(payload) < _ID.size:
        raise FrameError("a chunk is cut short")
    return _ID.unpack_from(payload)[0], payload[_ID.size :]


def _frame(kind: int, parts: List[Buffer]) -> bytes:
    length = sum(len(part) for part in parts)
    return b"".join([_HEADER.pack(b"By", VERSION, kind, length), *parts])


def _text(data: memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise FrameError("a request id is not UTF-8") from error
