"""What an ONNX model takes, read from its file without any runtime.

The file is protobuf: fields, each with its number, its kind and, where it is no plain number, its
length. Of a model of gigabytes only what is asked for is read; the rest is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_GRAPH = 7  # of ModelProto
_INITIALIZER, _INPUT = 5, 11  # of GraphProto
_TENSOR_NAME = 8
_MOST = 1 << 20
"""The bytes of a name or the description of an input."""


@dataclass(frozen=True)
class OnnxInput:
    """An input of a model.

    Attributes:
        element: TensorProto.DataType of its elements; None where it is no tensor.
        shape: None is a dimension that may have any size.
    """

    name: str
    element: int | None
    shape: tuple[int | None, ...]


def onnx_inputs(path: Path) -> tuple[OnnxInput, ...] | None:
    """The inputs that a caller gives; None where the file is no ONNX model."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            given: list[OnnxInput] = []
            weights: set[str] = set()
            for field, start, length in _fields(file, 0, size):
                if field != _GRAPH:
                    continue
                for inner, place, extent in _fields(file, start, start + length):
                    if inner == _INPUT:
                        given.append(_input(file, place, extent))
                    elif inner == _INITIALIZER:
                        weights.add(_text_of(file, place, extent, _TENSOR_NAME))
    except (ValueError, EOFError, UnicodeDecodeError):
        return None
    return tuple(each for each in given if each.name not in weights)


def _input(file: BinaryIO, start: int, length: int) -> OnnxInput:
    """Of a ValueInfoProto."""
    name, element = "", None
    shape: list[int | None] = []
    for field, place, extent in _fields(file, start, start + length):
        if field == 1:
            name = _text(file, place, extent)
        elif field == 2:  # TypeProto, of which 1 is a tensor
            for tensor in _inside(file, place, extent, 1):
                for inner, at, value in _fields(file, *_span(tensor)):
                    if inner == 1:
                        element = value
                    elif inner == 2:  # its shape, of dimensions
                        shape += [_size(file, each) for each in _inside(file, at, value, 1)]
    return OnnxInput(name, element, tuple(shape))


def _size(file: BinaryIO, dimension: tuple[int, int]) -> int | None:
    values = (value for field, _, value in _fields(file, *_span(dimension)) if field == 1)
    return next(values, None)


def _inside(file: BinaryIO, start: int, length: int, wanted: int) -> list[tuple[int, int]]:
    return [(at, n) for field, at, n in _fields(file, start, start + length) if field == wanted]


def _span(found: tuple[int, int]) -> tuple[int, int]:
    return found[0], found[0] + found[1]


def _text_of(file: BinaryIO, start: int, length: int, wanted: int) -> str:
    return next((_text(file, *each) for each in _inside(file, start, length, wanted)), "")


def _text(file: BinaryIO, start: int, length: int) -> str:
    if length > _MOST:
        raise ValueError(length)
    file.seek(start)
    return file.read(length).decode()


def _fields(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of a message: number, where the content begins, its length; or the number it is.

    Raises:
        ValueError: it is no message.
    """
    at = start
    while at < end:
        file.seek(at)
        tag = _varint(file)
        field, kind = tag >> 3, tag & 7
        value = _varint(file) if kind in (_VARINT, _BYTES) else 0
        here = file.tell()
        length = {_VARINT: 0, _EIGHT: 8, _BYTES: value, _FOUR: 4}.get(kind)
        if length is None or not field or here + length > end:
            raise ValueError(tag)
        at = here + length
        yield field, here, value


def _varint(file: BinaryIO) -> int:
    found = 0
    for shift in range(0, 64, 7):
        (byte,) = file.read(1) or b"\xff"
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found
    raise ValueError(found)
