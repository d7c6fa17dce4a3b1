"""Generators as results: the body is sent part by part.

A part of bytes or text goes out as it is; anything else as a line of JSON. The first part decides
the Content-Type, and is made before the status is sent, so that a generator that fails at once is
still an error to the client.
"""

from typing import Any, Iterator, NamedTuple

from . import asynchronous
from .encode import Encoder

_BYTES, _TEXT, _LINES = (
    "application/octet-stream",
    "text/plain; charset=utf-8",
    "application/x-ndjson",
)


class Stream(NamedTuple):
    """A body of which the first part is known."""

    content_type: str
    first: bytes
    rest: Iterator[bytes]


def is_generator(value: Any) -> bool:
    """Whether `value` is a generator, plain or asynchronous."""
    kind = type(value)
    return (hasattr(kind, "send") and hasattr(kind, "throw") and hasattr(kind, "__next__")) or (
        hasattr(kind, "asend") and hasattr(kind, "__anext__")
    )


def begin(generator: Any, encode: Encoder) -> Stream:
    """Run a generator up to its first part. Raises what it raises."""
    parts = _items(generator)
    try:
        first = next(parts)
    except StopIteration:
        return Stream(_TEXT, b"", iter(()))
    if isinstance(first, (bytes, bytearray, memoryview)):
        kind = _BYTES
    else:
        kind = _TEXT if isinstance(first, str) else _LINES
    return Stream(kind, _encode_part(first, encode), encode_parts(parts, encode))


def encode_parts(parts: Iterator[Any], encode: Encoder) -> Iterator[bytes]:
    """The bytes of each part, one after the other."""
    try:
        for part in parts:
            yield _encode_part(part, encode)
    finally:
        close(parts)


def close(parts: Iterator[Any]) -> None:
    """Ends a body before its end: what the script has left to clean up, it does now."""
    closing = getattr(parts, "close", None)
    if closing is not None:
        closing()


def _encode_part(part: Any, encode: Encoder) -> bytes:
    if isinstance(part, str):
        return part.encode("utf-8")
    if isinstance(part, (bytes, bytearray, memoryview)):
        return bytes(part)
    return encode(part) + b"\n"


def _items(generator: Any) -> Iterator[Any]:
    if hasattr(type(generator), "__next__"):
        return iter(generator)
    return _pull(generator)


def _pull(generator: Any) -> Iterator[Any]:
    try:
        while True:
            try:
                yield asynchronous.complete(generator.__anext__())
            except StopAsyncIteration:
                return
    finally:
        asynchronous.complete(generator.aclose())
