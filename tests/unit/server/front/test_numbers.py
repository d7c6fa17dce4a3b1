"""Numbers read without an object for each are those that json.loads and NumPy make of the text."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brygga_server.front import numbers
from brygga_server.front.numbers import Declared, Parsed

DTYPES = ("<f8", "<f4", "<i8", "<u8")
PARSERS: dict[str, Any] = {"orjson": numbers._parse_without_simdjson}
if numbers.simdjson is not None:
    PARSERS["simdjson"] = numbers._Fast()
each_parser = pytest.mark.parametrize("name", PARSERS)

plain_numbers = st.one_of(
    st.integers(-9, 9),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
odd_items = st.one_of(
    st.just(None),
    st.booleans(),
    st.just(2**64),
    st.just(-(2**63) - 1),
    st.just(math.nan),
    st.just(math.inf),
    st.text(max_size=3),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.text(max_size=1), st.integers(0, 3), max_size=2),
)


@st.composite
def declarations(draw: st.DrawFn) -> Declared:
    trailing = draw(st.lists(st.integers(1, 3), max_size=2))
    return Declared("data", draw(st.sampled_from(DTYPES)), (None, *trailing))


def rectangular(items: st.SearchStrategy[Any], shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    if not shape:
        return items
    return st.lists(rectangular(items, shape[1:]), min_size=shape[0], max_size=shape[0])


@st.composite
def texts(draw: st.DrawFn) -> tuple[Declared, bytes]:
    """A declaration, and JSON that is meant for it or close to it."""
    declared = draw(declarations())
    shape = (draw(st.integers(0, 3)), *declared.trailing)
    items = plain_numbers
    if draw(st.booleans()):
        items = st.one_of(plain_numbers, odd_items)
    value = draw(rectangular(items, shape))
    for _ in range(draw(st.integers(0, 2))):  # a list too short, too long or too deep
        target = value
        while target and isinstance(target[0], list) and draw(st.booleans()):
            target = draw(st.sampled_from([t for t in target if isinstance(t, list)]))
        if target and draw(st.booleans()):
            target.pop()
        else:
            target.append(draw(st.one_of(plain_numbers, odd_items)))
    body: dict[str, Any] = {"data": value}
    if draw(st.booleans()):
        body["note"] = draw(st.one_of(st.text(max_size=4), odd_items, plain_numbers))
    text = json.dumps(body, ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 0:
        text = '{"data": [1], ' + text[1:]  # a name twice
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from(["[", "]", ",", "0", "-", "e5", "\\", '"']))
            + text[at:]
        )
    return declared, text.encode("utf-8", "surrogatepass")


def truth(body: bytes, declared: Declared) -> tuple[Any, dict[str, Any]]:
    """What a worker makes of it; raises where it refuses."""
    root = json.loads(body)
    value = root.pop(declared.name)
    with np.errstate(over="ignore"):
        array = np.array(value, dtype=declared.dtype)
    if array.ndim != len(declared.shape) or array.shape[1:] != declared.trailing:
        raise ValueError("another shape")
    return array, root


def as_numpy(parsed: Parsed, dtype: str) -> Any:
    (found,) = parsed.arrays
    array = np.frombuffer(found.data, found.dtype).reshape(found.shape)
    with np.errstate(over="ignore"):
        return array.astype(dtype)


@each_parser
@given(case=texts())
@example(case=(Declared("data", "<f8", (None, 2)), b'{"data": [[[1], 2]]}'))
@example(case=(Declared("data", "<f8", (None, 2)), b'{"data": [[[], [1, 2]]]}'))
@example(case=(Declared("data", "<f8", (None, 1)), b'{"data": [[[1]]], "note": "\\u005b"}'))
@example(case=(Declared("data", "<f8", (None,)), b'{"data": [1, [2]], "note": "]"}'))
@example(case=(Declared("data", "<f8", (None,)), b'{"data": [-0, -0.0, 1e400]}'))
@example(case=(Declared("data", "<f8", (None,)), b'\xef\xbb\xbf{"data": [1]}'))
@example(case=(Declared("data", "<f8", (None,)), b'{"data": [1], "note": 18446744073709551617}'))
@example(case=(Declared("data", "<i8", (None,)), b'{"data": [9007199254740993, 1.0]}'))
def test_what_is_parsed_is_the_truth(name: str, case: tuple[Declared, bytes]) -> None:
    declared, body = case
    parsed = PARSERS[name](body, [declared], {"note"})
    if parsed is None:
        return
    array, values = truth(body, declared)
    found = as_numpy(parsed, declared.dtype)
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()
    assert json.dumps(parsed.values) == json.dumps(values)


@each_parser
@given(data=st.data())
def test_plain_numbers_need_no_second_look(name: str, data: st.DataObject) -> None:
    declared = data.draw(declarations())
    kind = declared.dtype[1]
    items = {
        "f": plain_numbers,
        "i": st.integers(-(2**63), 2**63 - 1),
        "u": st.integers(0, 2**64 - 1),
    }[kind]
    rows = data.draw(st.integers(1, 3))
    value = data.draw(rectangular(items, (rows, *declared.trailing)))
    body = json.dumps({"data": value, "note": "n"}).encode()
    parsed = PARSERS[name](body, [declared], {"note"})
    assert parsed is not None
    assert parsed.values == {"note": "n"}
    assert as_numpy(parsed, declared.dtype).tobytes() == truth(body, declared)[0].tobytes()


@each_parser
@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [[1, 2], [3]]}',
        b'{"data": [[1, 2], [3, 4, 5]]}',
        b'{"data": [[1, 2], 3]}',
        b'{"data": [1, 2]}',
        b'{"data": [[[1, 2]]]}',
        b'{"data": [[[1], 2]]}',
        b'{"data": [[[], [1, 2]]]}',
        b'{"data": []}',
        b'{"data": [[1, null]]}',
        b'{"data": [[1, "2"]]}',
        b'{"data": [[1, NaN]]}',
        b'{"data": [[1, 1e999]]}',
        b'{"data": [{"a": 1, "b": 2}]}',
        b'{"data": ["ab"]}',
        b'{"data": 1}',
        b'{"other": [[1, 2]]}',
        b'[[1, 2]]',
        b'{"data": [[1, 2]]',
        b"",
    ],
)  # fmt: skip
def test_what_is_not_an_array_of_rows_is_left_to_the_worker(name: str, body: bytes) -> None:
    declared = Declared("data", "<f8", (None, 2))
    assert PARSERS[name](body, [declared], ()) is None


@each_parser
def test_several_arrays_and_other_values(name: str) -> None:
    declared = [Declared("x", "<f8", (None, 2)), Declared("y", "<i8", (None,))]
    body = b'{"y": [7], "x": [[1, 2.5]], "labels": ["a[", [1]], "options": {"k": [2]}}'
    parsed = PARSERS[name](body, declared, {"labels", "options"})
    assert parsed is not None
    assert [(a.name, a.dtype, a.shape) for a in parsed.arrays] == [
        ("x", "<f8", (1, 2)),
        ("y", "<i8", (1,)),
    ]
    assert np.frombuffer(parsed.arrays[0].data).tolist() == [1, 2.5]
    assert parsed.values == {"labels": ["a[", [1]], "options": {"k": [2]}}


@each_parser
def test_a_parser_is_none_the_worse_for_a_refusal(name: str) -> None:
    declared = Declared("data", "<f8", (None, 1))
    for body in (b'{"data": [[null]]}', b'{"data": [[1], [2, 3]]}', b"{"):
        assert PARSERS[name](body, [declared], ()) is None
        assert PARSERS[name](b'{"data": [[1]]}', [declared], ()) is not None
