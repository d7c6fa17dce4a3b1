"""A small ONNX model, written by hand: flatten, then multiply by a matrix.

The fields are those of onnx.proto3 of the ONNX specification; nothing needs the package `onnx`.
"""

from typing import Any


def linear_model(input_name: str, output_name: str, weights: Any) -> bytes:
    """The bytes of a model from [1, 1, 28, 28] (or what has as many numbers) to [1, columns]."""
    rows, columns = weights.shape
    side = round(rows**0.5)
    flatten = _node("Flatten", [input_name], ["flat"]) + _field(5, _attribute("axis", 1))
    multiply = _node("MatMul", ["flat", "weights"], [output_name])
    graph = (
        _field(1, flatten)
        + _field(1, multiply)
        + _text(2, "linear")
        + _field(5, _tensor("weights", weights))
        + _field(11, _value(input_name, (1, 1, side, side)))
        + _field(12, _value(output_name, (1, columns)))
    )
    opset = _number(2, 13)
    return _number(1, 8) + _field(7, graph) + _field(8, opset)


def _node(kind: str, inputs: list[str], outputs: list[str]) -> bytes:
    parts = [_text(1, name) for name in inputs] + [_text(2, name) for name in outputs]
    return b"".join(parts) + _text(4, kind)


def _attribute(name: str, value: int) -> bytes:
    return _text(1, name) + _number(3, value) + _number(20, 2)  # type INT


def _tensor(name: str, values: Any) -> bytes:
    shape = b"".join(_number(1, each) for each in values.shape)
    return shape + _number(2, 1) + _text(8, name) + _field(9, values.astype("<f4").tobytes())


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dimensions = b"".join(_field(1, _number(1, each)) for each in shape)
    tensor = _number(1, 1) + _field(2, dimensions)
    return _text(1, name) + _field(2, _field(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, text: str) -> bytes:
    return _field(field, text.encode())


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)
