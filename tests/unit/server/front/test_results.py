"""Arrays that workers send: what is made of them is what the worker would have made itself."""

import json
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from brygga_server.front import results
from brygga_server.worker import encode, frames
from brygga_server.worker.frames import FrameError, Reply

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


@st.composite
def replies_of_arrays(draw: st.DrawFn) -> Any:
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(arrays_of.array_shapes(max_dims=3, max_side=5))
    elements = arrays_of.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False)
    found = draw(arrays_of.arrays(dtype, shape, elements=elements))
    return found[::-1] if draw(st.booleans()) else found


def reply(meta: bytes, body: bytes, flags: int = frames.ARRAY) -> Reply:
    return Reply(1, frames.OK, 0, 0, 0, meta, body, flags)


@given(replies_of_arrays())
def test_an_array_is_the_json_of_its_list(result: Any) -> None:
    sent = encode.numbers(result)
    assert sent is not None
    assert json.loads(results.to_json(results.array_of(reply(*sent)))) == result.tolist()


@given(replies_of_arrays(), st.data())
def test_each_gets_its_rows(result: Any, data: st.DataObject) -> None:
    sent = encode.numbers(result)
    assert sent is not None
    cut = data.draw(st.integers(0, len(result)))
    parts = results.arrays_of(reply(*sent), [cut, len(result) - cut])
    assert [json.loads(results.to_json(part)) for part in parts] == [
        result[:cut].tolist(),
        result[cut:].tolist(),
    ]


@pytest.mark.parametrize(
    "result",
    [
        [1.0], 1.0, np.float64(1), np.array(1.0), np.array([]), np.zeros((2, 0)), np.array(["a"]),
        np.array([np.nan]), np.array([np.inf], "f4"), np.array([1j]), np.zeros(2, "f2"),
        np.zeros(2, "M8[D]"), np.zeros(2, ">f8"), np.zeros(2, [("a", "f8")]),
        np.ma.masked_array([1.0], [True]), None,
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_encoder(result: object) -> None:
    assert encode.numbers(result) is None


def test_numpy_is_not_needed() -> None:
    assert encode.numbers("no array") is None


def head(letter: bytes, *shape: int) -> bytes:
    return struct.pack(f"<cB{len(shape)}I", letter, len(shape), *shape)


@pytest.mark.parametrize(
    ("meta", "body"),
    [
        (b"", b""), (b"d", b""), (head(b"d", 2), bytes(8)), (head(b"d", 0), b""),
        (head(b"x", 1), bytes(8)), (head(b"\xff", 1), bytes(8)), (b"d\x02\x01\0\0\0", bytes(8)),
        (b"d\x00", bytes(8)),
    ],
)  # fmt: skip
def test_what_is_no_array_is_garbage(meta: bytes, body: bytes) -> None:
    with pytest.raises(FrameError):
        results.array_of(reply(meta, body))
    with pytest.raises(FrameError):
        results.arrays_of(reply(meta, body), [1])


@given(st.binary(max_size=30), st.binary(max_size=64))
def test_random_bytes_are_an_array_or_garbage(meta: bytes, body: bytes) -> None:
    with suppress(FrameError):
        json.loads(results.to_json(results.array_of(reply(meta, body))))


def test_another_number_of_rows_is_garbage() -> None:
    with pytest.raises(FrameError, match="1 rows for requests with 2"):
        results.arrays_of(reply(head(b"d", 1), bytes(8)), [1, 1])


@pytest.mark.parametrize(("lengths", "body"), [([1], b"ab"), ([1, 1], b"abc"), ([3, 1], b"ab")])
def test_texts_that_do_not_add_up_are_garbage(lengths: Sequence[int], body: bytes) -> None:
    meta = struct.pack(f"<{len(lengths)}I", *lengths)
    with pytest.raises(FrameError):
        results.texts_of(reply(meta, body, frames.TOGETHER), 2)


def test_texts_come_apart() -> None:
    meta = struct.pack("<3I", 1, 0, 2)
    found = results.texts_of(reply(meta, b"abc", frames.TOGETHER), 3)
    assert list(map(bytes, found)) == [b"a", b"", b"bc"]
