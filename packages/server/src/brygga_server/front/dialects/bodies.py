"""Bodies that the native dialect and v1's read: JSON, and natively .npy and raw numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from urllib.parse import parse_qs

from brygga_server.front import npy
from brygga_server.front.dialects.base import LARGE, RefusedError
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.numbers import Array, Declared, Parsed, parse
from brygga_server.front.outcomes import Outcome
from brygga_server.front.request import ClientRequest

NPY = b"application/x-npy"
RAW = b"application/octet-stream"
_MOST_DIMENSIONS = 32  # NumPy's own bound, up to version 2
_CASTS = {"b": "biuf", "i": "if", "u": "iuf", "f": "f"}  # kinds a kind converts to without loss


def from_json(request: ClientRequest, inputs: Inputs) -> Form | None:
    """The arrays of a JSON body, where it is certain what they are."""
    if not inputs.parsed or len(request.body) > LARGE:
        return None
    parsed = parse(request.body, inputs.parsed, inputs.others)
    return None if parsed is None else inputs.lay_out(parsed, request)


def from_numbers(request: ClientRequest, inputs: Inputs, kind: bytes) -> Form:
    """The array that a body of type `NPY` or `RAW` is.

    Raises:
        RefusedError: It cannot be what run() takes.
    """
    if len(inputs.declared) > 1:
        names = ", ".join(d.name for d in inputs.declared)
        message = f"run() takes several arrays ({names}); send them as JSON."
        raise RefusedError(message, Outcome.UNSUPPORTED_MEDIA)
    declared = inputs.declared[0]
    found, order = _from_npy(request, declared) if kind == NPY else _raw(request, declared)
    _check(found, declared)
    return inputs.lay_out(Parsed([found], {}), request, order)


def _from_npy(request: ClientRequest, declared: Declared) -> tuple[Array, str]:
    try:
        head = npy.read_head(request.body)
    except npy.NpyError as error:
        raise RefusedError(f"Parameter {declared.name!r}: {error}") from error
    data = memoryview(request.body)[head.start :]
    dtype = "<" + head.dtype[1:] if head.dtype[0] in "=|" else head.dtype
    order = "F" if head.fortran_order and len(head.shape) > 1 else "C"
    return Array(declared.name, dtype, head.shape, data), order


def _raw(request: ClientRequest, declared: Declared) -> tuple[Array, str]:
    """Little-endian numbers; `?dtype=` and `?shape=` say what they are, else the declaration."""
    asked = parse_qs(request.query.decode("latin-1"))
    dtype = "<" + asked.get("dtype", [declared.dtype])[0].lstrip("<>=|")
    if not npy.is_numeric(dtype):
        raise RefusedError(f"dtype={dtype[1:]} is no type of numbers; f4, f8, i8, u1 are some.")
    size = len(request.body)
    if "shape" in asked:
        parts = asked["shape"][0].split(",")
        plain = all(part.isdecimal() and len(part) < 19 for part in parts)
        if not plain or len(parts) > _MOST_DIMENSIONS:
            given = asked["shape"][0][:80]
            raise RefusedError(f"shape={given} is no shape; write shape=30,784.")
        shape = tuple(int(part) for part in parts)
    else:
        row = prod(declared.trailing) * int(dtype[2:])
        shape = (size // row if row else 0, *declared.trailing)
    needed = prod(shape) * int(dtype[2:])
    if needed != size:
        raise RefusedError(
            f"Parameter {declared.name!r}: the body has {size} bytes, "
            f"shape {shape} of {dtype[1:]} needs {needed}."
        )
    return Array(declared.name, dtype, shape, memoryview(request.body)), "C"


def _check(found: Array, declared: Declared) -> None:
    """Refuses an array that would have to be bent into the declared one."""
    same = len(found.shape) == len(declared.shape) and found.shape[1:] == declared.shape[1:]
    if not same or declared.dtype[1] not in _CASTS[found.dtype[1]]:
        raise RefusedError(
            f"Parameter {declared.name!r}: expected an array of {declared.dtype[1:]} of shape "
            f"({_sizes(declared.shape)}), received {found.dtype[1:]} of shape {found.shape}."
        )


def _sizes(shape: Sequence[int | None]) -> str:
    sizes = ["any" if size is None else str(size) for size in shape]
    return ", ".join(sizes) + ("," if len(sizes) == 1 else "")
