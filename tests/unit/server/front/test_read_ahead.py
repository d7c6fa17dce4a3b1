"""What is read ahead is exactly what `json.loads` makes of the text, or is left to it."""

import json
import marshal
import math
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.scripted_worker import Ask
from support.virtual_front import fronts

from brygga_server.front import read_ahead
from brygga_server.worker import frames

PAD = " " * read_ahead.LEAST
numbers_as_written = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
written = st.one_of(
    numbers_as_written,
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "true", "false", "null", "nul", "-", "01", "1."]
    ),
    st.text(max_size=6).map(json.dumps),
    st.text(max_size=6).map(lambda t: json.dumps(t, ensure_ascii=False)),
    st.sampled_from(['"\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\t"', '"\\x"', '"[{"']),
)
texts = st.recursive(
    written,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        # The same key may come twice.
        st.lists(st.tuples(st.sampled_from(['"a"', '"b"', '""']), inner), max_size=4).map(
            lambda items: "{" + ",".join(f"{k}:{v}" for k, v in items) + "}"
        ),
    ),
    max_leaves=20,
)


def exactly(value: Any) -> Any:
    """A value that only equals one of the same types, order and bits."""
    if isinstance(value, float):
        return "float", struct.pack("<d", value) if not math.isnan(value) else "nan"
    if isinstance(value, list):
        return "list", [exactly(each) for each in value]
    if isinstance(value, dict):
        return "dict", [(k, exactly(v)) for k, v in value.items()]
    return type(value).__name__, value


@given(texts)
@example("18446744073709551616")
@example("[-9223372036854775809]")
@example("0.0003921568627450980412345678")
@example("[1e999, -0, -0.0, 1E5]")
@example('{"a": 1, "b": 2, "a": 3}')
@example("\ufeff1")
def test_it_is_what_json_makes_of_the_text(text: str) -> None:
    text += PAD
    body = text.encode("utf-8", "surrogatepass")
    values = read_ahead.values(body)
    if values is not None:
        assert exactly(marshal.loads(values)) == exactly(json.loads(text))


@given(st.binary(max_size=40))
def test_bytes_that_are_no_text_are_left_alone(body: bytes) -> None:
    values = read_ahead.values(body + PAD.encode())
    if values is not None:
        assert exactly(marshal.loads(values)) == exactly(json.loads(body))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"data": [[0.5] * 300]}),
        json.dumps({"data": [[0.00039215686274509804, -1, 255] * 100]}),
        json.dumps([{"name": "x" * 300, "values": [None, True, 1 << 50]}]),
        "-922337203685477580" + PAD,
        "[" * 15 + "]" * 15 + PAD,
    ],
)
def test_what_clients_send_is_read(text: str) -> None:
    values = read_ahead.values(text.encode())
    assert values is not None
    assert marshal.loads(values) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2, 3]",
        "[" * 900 + "]" * 900,  # whether this is too deep depends on who calls json.loads
        "[" + "1," * read_ahead.MOST + "1]",
        "[12345678901234567890123]" + PAD,
        "-9223372036854775808" + PAD,  # orjson could, and the look for long ones is a rough one
        "[NaN]" + PAD,
    ],
)
def test_the_rest_is_left_to_the_worker(text: str) -> None:
    assert read_ahead.values(text.encode()) is None


def test_old_pythons_can_read_it() -> None:
    """Format 2 knows no references to what came before, which later formats have."""
    values = read_ahead.values(json.dumps([["same", "same"]] * 100).encode())
    assert values == marshal.dumps([["same", "same"]] * 100, 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_only_a_service_with_one_worker_has_it(workers: int) -> None:
    """One of two that is left alone for a moment counts as two: nothing turns it off again."""
    with fronts(workers=workers) as make:
        front = make()
        if workers == 2:
            front.processes[0].die(-9)
            front.advance(0.05)
        pool = front.dispatch.pool
        assert pool is not None
        assert len(pool.ready) == 1
        client = front.ask(1, Ask(seconds=10.0), joinable=False)
        front.advance(0.01)
        front.processes[workers - 1].reply(client.id, b"1", flags=frames.PARSED)
        front.advance(0.01)
        assert client.right
        assert pool.inputs.ahead == (workers == 1)
