import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brygga_server.worker.encode import NotEncodableError, encoder

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    return not isinstance(value, list) or all(map(finite, value))


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@given(values)
def test_native_text_is_json_dumps_text_or_refused(value: object) -> None:
    encode = encoder(False, "error")
    if not finite(value):
        with pytest.raises(NotEncodableError, match="at result"):
            encode(value)
    elif value is None:
        assert encode(value) == b"{}"
    else:
        assert encode(value) == json.dumps(value).encode()


@given(values)
def test_with_nan_as_null_everything_is_json(value: object) -> None:
    json.loads(encoder(False, "null")(value), parse_constant=refuse_constant)


@pytest.mark.parametrize("v1", [True, False])
@given(value=values)
def test_kept_as_v1_does_the_text_is_json_dumps_text(v1: bool, value: object) -> None:
    expected = "{}" if value is None else json.dumps(value)
    assert encoder(v1, "keep")(value) == expected.encode()


@given(values)
def test_v1_can_be_told_what_becomes_of_nan(value: object) -> None:
    json.loads(encoder(True, "null")(value), parse_constant=refuse_constant)
    if not finite(value):
        with pytest.raises(NotEncodableError):
            encoder(True, "error")(value)


def test_arrays_keep_what_lists_keep() -> None:
    found = np.array([np.nan, -np.inf, 1.0])
    assert encoder(False, "keep")(found) == b"[NaN, -Infinity, 1.0]"
    assert encoder(False, "null")({"a": found}) == b'{"a": [null, null, 1.0]}'


def test_floats_that_python_does_not_have_are_cut_to_those_it_has() -> None:
    found = np.array([[0.5, 2]], np.longdouble)
    assert (
        encoder(False, "error")({"a": found, "b": found[0, 1]}) == b'{"a": [[0.5, 2.0]], "b": 2.0}'
    )
    with pytest.raises(NotEncodableError, match=r"nan at result\[0\]"):
        encoder(False, "error")(np.array([np.nan], np.longdouble))


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ({"a": object()}, r"object at result\['a'\]\. Make numbers, text, lists or dicts of it"),
        ({(1, 2): 1}, r"key of type tuple at result; .* as str\(key\) does\."),
        ({"a": {1}}, r"set at result\['a'\]\. Write sorted\(value\) instead\."),
    ],
)
def test_what_cannot_be_sent_is_told_with_what_to_do(value: object, way: str) -> None:
    with pytest.raises(NotEncodableError, match=way):
        encoder(v1=False, nan="error")(value)
