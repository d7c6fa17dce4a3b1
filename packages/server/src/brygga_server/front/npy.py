"""The head of a .npy file, read without NumPy.

It is the text of a Python dictionary with three keys; read by a grammar of just that, in one pass,
since whoever evaluates it can be kept busy for long by a head made for it.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import NamedTuple

_MAGIC = b"\x93NUMPY"
_LONGEST_HEAD = 4096
# A key, and a string, a truth value, or a tuple of whole numbers of at most 18 digits. What was
# taken is never given back (`*+`), so that the time is that of one look at each character.
_ENTRY = re.compile(
    rb"""\s*+(['"])(descr|fortran_order|shape)\1\s*+:\s*+
    (?:(['"])([\w<>=|]{1,32})\3|(True|False)|\(((?:\s*+\d{1,18}+L?\s*+,)*+(?:\s*+\d{1,18}+L?)?+)\s*+\))
    \s*+(?:,|(?=\}))""",
    re.VERBOSE | re.ASCII,
)
_START, _END = re.compile(rb"\s*+\{"), re.compile(rb"\s*+\}\s*+")
_MOST_AXES = 64
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
        raise NpyError(
            f"The head of the .npy body is cut short, or longer than {_LONGEST_HEAD} bytes."
        )
    dtype, shape, fortran = _fields(body[start:end])
    if not is_numeric(dtype):
        raise NpyError(f"The .npy body holds data of type {dtype!r}; numbers are expected.")
    if len(shape) > _MOST_AXES:
        raise NpyError(f"The .npy body has {len(shape)} axes; an array has {_MOST_AXES} at most.")
    size = prod(shape) * int(dtype[2:])
    if len(body) - end != size:
        raise NpyError(
            f"The .npy body holds {len(body) - end} bytes of numbers; "
            f"its shape {shape!r} of {dtype} needs {size}."
        )
    return Npy(dtype, shape, fortran, end)


def _fields(head: bytes) -> tuple[str, tuple[int, ...], bool]:
    """The type, shape and order that a head names, each once."""
    opening = _START.match(head)
    found: dict[bytes, re.Match[bytes]] = {}
    at = opening.end() if opening else 0
    while opening and (entry := _ENTRY.match(head, at)) is not None:
        found[entry[2]], at = entry, entry.end()
    dtype, shape, order = (found.get(key) for key in (b"descr", b"shape", b"fortran_order"))
    if not (dtype and shape and order and _END.fullmatch(head, at)):
        raise NpyError("The head of the .npy body cannot be read.")
    if not dtype[4] or shape[6] is None or not order[5]:
        raise NpyError("The head of the .npy body cannot be read.")
    sizes = tuple(int(number) for number in re.findall(rb"\d+", shape[6]))
    return dtype[4].decode(), sizes, order[5] == b"True"
