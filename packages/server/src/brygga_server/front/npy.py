"""The head of a .npy file, read without NumPy."""

from __future__ import annotations

import ast
import re
import struct
from math import prod
from typing import NamedTuple

_MAGIC = b"\x93NUMPY"
_LONGEST_HEAD = 65536
_DTYPE = re.compile(r"[<>=|](?:b1|[iu][1248]|f[248])")


class NpyError(ValueError):
    """Not an array that can be taken; the sentence is for the client."""


class Npy(NamedTuple):
    """What the head says, and where the numbers begin."""

    dtype: str
    shape: tuple[int, ...]
    fortran_order: bool
    start: int


def is_numeric(dtype: str) -> bool:
    """Whether `dtype` is the code of plain numbers or booleans, such as `<f8`."""
    return _DTYPE.fullmatch(dtype) is not None


def read_head(body: bytes) -> Npy:
    """The head of an array in .npy format, versions 1 to 3, numbers and booleans only.

    Raises:
        NpyError: It is something else, or shorter than its shape.
    """
    if len(body) < 10 or not body.startswith(_MAGIC):
        raise NpyError("The body is not in .npy format; numpy.save(file, array) writes it.")
    wide = body[6] >= 2
    start = 12 if wide else 10
    if body[6] not in (1, 2, 3) or len(body) < start:
        raise NpyError(f"The .npy format has no version {body[6]}.{body[7]}.")
    (length,) = struct.unpack_from("<I" if wide else "<H", body, 8)
    end = start + length
    if length > _LONGEST_HEAD or end > len(body):
        raise NpyError("The head of the .npy body is cut short.")
    try:
        head = ast.literal_eval(body[start:end].decode("utf-8" if body[6] == 3 else "latin-1"))
        dtype, shape, fortran = head["descr"], tuple(head["shape"]), bool(head["fortran_order"])
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise NpyError("The head of the .npy body cannot be read.") from None
    if not isinstance(dtype, str) or not is_numeric(dtype):
        raise NpyError(f"The .npy body holds data of type {dtype!r}; numbers are expected.")
    if any(type(size) is not int or size < 0 for size in shape):
        raise NpyError(f"The .npy body has the shape {shape!r}, which no array has.")
    size = prod(shape) * int(dtype[2:])
    if len(body) - end != size:
        raise NpyError(
            f"The .npy body holds {len(body) - end} bytes of numbers; "
            f"its shape {shape!r} of {dtype} needs {size}."
        )
    return Npy(dtype, shape, fortran, end)
