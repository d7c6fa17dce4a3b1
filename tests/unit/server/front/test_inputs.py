"""Arrays in .npy format and as raw numbers; what run() cannot take is refused with both shapes."""

import io
import json
import time
from typing import Any

import numpy as np
import pytest
from support.exchanges import KeptExchange

from brygga_server.front import npy
from brygga_server.front.dialects.base import LARGE, Dialect, RefusedError
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.dialects.v1 import V1Dialect
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.outcomes import Outcome

DATA = {"name": "data", "kind": "numpy", "dtype": "<f8", "shape": [None, 3], "optional": False}
NATIVE = NativeDialect()
BATCH = {"parameter": "data", "max_rows": 8, "max_wait_ms": 0.0}


def inputs(*parameters: dict[str, Any], **contract: Any) -> Inputs:
    return Inputs({"parameters": parameters or (DATA,), **contract})


def form(
    made: Inputs,
    body: bytes,
    kind: str = "application/json",
    query: str = "",
    dialect: Dialect = NATIVE,
) -> Form | None:
    exchange = KeptExchange(body, kind.encode())
    exchange.headers = [(b"X-One", b"1")]
    exchange.query = query.encode()
    return dialect.read(exchange, made)


def saved(array: Any, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def array_of(found: Form | None) -> Any:
    assert found is not None
    (item,) = json.loads(found.meta)["arrays"]
    flat = np.frombuffer(found.data, item["dtype"], offset=item["offset"])
    return flat.reshape(item["shape"], order=item.get("order", "C"))


def test_json_numbers_are_laid_out() -> None:
    found = form(inputs(), b'{"data": [[1, 2, 3], [4, 5, 6.5]]}')
    assert array_of(found).tolist() == [[1, 2, 3], [4, 5, 6.5]]
    assert found is not None
    assert found.rows == 2
    assert found.group is None  # not batched


def test_several_arrays_lie_back_to_back() -> None:
    other = {**DATA, "name": "other", "dtype": "<i8", "shape": [None]}
    found = form(inputs(DATA, other), b'{"other": [7, 8], "data": [[1, 2, 3]]}')
    assert found is not None
    described = json.loads(found.meta)["arrays"]
    assert [(a["name"], a["offset"]) for a in described] == [("data", 0), ("other", 24)]
    assert np.frombuffer(found.data, "<i8", offset=24).tolist() == [7, 8]


def test_headers_travel_where_they_are_wanted() -> None:
    found = form(inputs(wants_headers=True), b'{"data": [[1, 2, 3]]}')
    assert found is not None
    assert json.loads(found.meta)["headers"] == [["X-One", "1"]]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b'{"data": [[1, 2, 3]]}'),
        ("application/json", b'{"data": [[1, 2, 3, 4]]}'),
        ("application/json", b"nonsense"),
    ],
)
def test_what_is_not_certain_goes_to_the_worker_as_it_came(kind: str, body: bytes) -> None:
    assert form(inputs(), body, kind) is None


def test_a_body_that_would_hold_up_the_others_is_the_workers() -> None:
    body = b'{"data": [[1, 2, 3]]}'
    assert form(inputs(), body + b" " * (LARGE - len(body))) is not None
    assert form(inputs(), body + b" " * (LARGE - len(body) + 1)) is None


def test_requests_of_one_group_have_the_same_type_shape_and_values() -> None:
    note = {"name": "note", "kind": "json", "dtype": None, "shape": None, "optional": False}
    made = inputs(DATA, note, batch=BATCH)

    def group(body: str) -> object:
        found = form(made, body.encode())
        assert found is not None
        return found.group

    first = group('{"data": [[1, 2, 3]], "note": "a"}')
    assert first == group('{"note": "a", "data": [[4, 5, 6], [7, 8, 9]]}')
    assert first != group('{"data": [[1, 2, 3]], "note": "b"}')
    assert first != group('{"data": [[1, 2, 3]]}')


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(version: tuple[int, int], dtype: str, order: Any) -> None:
    sent = np.arange(6).reshape(2, 3).astype(dtype, order=order)
    found = form(inputs(batch=BATCH), saved(sent, version), "application/x-npy")
    assert array_of(found).tolist() == sent.tolist()
    assert found is not None
    assert (found.group is None) == (order == "F")  # its rows cannot be joined to others


def test_integers_become_the_declared_floats_and_not_the_other_way_round() -> None:
    whole = {**DATA, "dtype": "<i4"}
    assert form(inputs(), saved(np.ones((1, 3), "u1")), "application/x-npy") is not None
    assert form(inputs(whole), saved(np.ones((1, 3), "i8")), "application/x-npy") is not None
    with pytest.raises(RefusedError, match=r"expected an array of i4 .* received f8"):
        form(inputs(whole), saved(np.ones((1, 3))), "application/x-npy")


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.ones((2, 4)), "Parameter 'data': expected an array of f8 of shape (any, 3), "
                          "received f8 of shape (2, 4)."),
        (np.ones(3), "received f8 of shape (3,)."),
        (np.ones((1, 3), "c16"), "The .npy body holds data of type '<c16'; numbers are expected."),
        (np.array([["a"] * 3], object), "holds data of type '|O'; numbers are expected."),
    ],
)  # fmt: skip
def test_npy_that_run_cannot_take(array: Any, told: str) -> None:
    with pytest.raises(RefusedError) as caught:
        form(inputs(), saved(array), "application/x-npy")
    assert told in str(caught.value)
    assert caught.value.outcome is Outcome.BAD_INPUT


def test_npy_that_is_damaged() -> None:
    whole = saved(np.ones((2, 3)))
    for size in range(len(whole)):
        with pytest.raises(npy.NpyError):
            npy.read_head(whole[:size])
    with pytest.raises(npy.NpyError, match="56 bytes of numbers"):
        npy.read_head(whole + b"12345678")
    with pytest.raises(npy.NpyError, match="no version"):
        npy.read_head(whole[:6] + b"\x09" + whole[7:])


def test_npy_heads_are_not_run() -> None:
    head = b"{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,)}\n"
    body = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"12345678"
    with pytest.raises(npy.NpyError, match="cannot be read"):
        npy.read_head(body)


def with_head(head: bytes, data: bytes = b"12345678") -> bytes:
    return b"\x93NUMPY\x02\x00" + len(head).to_bytes(4, "little") + head + data


@pytest.mark.parametrize(
    "head",
    [
        b"{'descr':'<f8','fortran_order':False,'shape':(" + (b"9" * 4000 + b",") * 15 + b")}",
        b"{'descr':'<f8','fortran_order':False,'shape':(" + b"9" * 3000 + b",)}",
        b"{'descr':'<f8','fortran_order':False,'shape':(" + b"1," * 1900 + b")}",
        b"{'descr':'<f8','fortran_order':False,'shape':(" + b" " * 3900 + b"x)}",
        b"{'descr':'<f8'," + b"'fortran_order':False," * 150 + b"'shape':(1,)",
        b"{" + b"\n" * 4000 + b"'",
        b"1<" * 30000 + b"1",
        b"(" * 60000,
        b"{'descr':" + b"-" * 60000 + b"1}",
        b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': 1}",
        b"{'descr': '<f8', 'fortran_order': False}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} 2",
        b"",
    ],
    ids=range(15),
)
def test_npy_heads_made_to_keep_somebody_busy(head: bytes) -> None:
    began = time.process_time()
    with pytest.raises(npy.NpyError):
        npy.read_head(with_head(head))
    assert time.process_time() - began < 0.05  # the old reader took half a second


@pytest.mark.parametrize(
    "head",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }                \n",
        b"{'shape':(1,1,1L),'descr':'<f8','fortran_order':True}",
        b'{"descr": "<f8", "fortran_order": False, "shape": ()}',
    ],
)
def test_npy_heads_as_others_write_them(head: bytes) -> None:
    assert npy.read_head(with_head(head)).dtype == "<f8"


def test_raw_numbers() -> None:
    body = np.arange(6.0).tobytes()
    raw = "application/octet-stream"
    assert array_of(form(inputs(), body, raw)).tolist() == [[0, 1, 2], [3, 4, 5]]
    small = np.arange(6, dtype="<f4").tobytes()
    found = form(inputs(), small, raw, "dtype=f4&shape=2,3")
    assert array_of(found).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "the body has 40 bytes, shape (1, 3) of f8 needs 24"),
        ("shape=5,1", "expected an array of f8 of shape (any, 3), received f8 of shape (5, 1)"),
        ("shape=-5", "shape=-5 is no shape"),
        ("shape=" + "9," * 40 + "9", "is no shape"),
        ("shape=" + ",".join(["9" * 18] * 32), "the body has 40 bytes"),
        ("shape=", "the body has 40 bytes, shape (1, 3) of f8"),
        ("dtype=O", "dtype=O is no type of numbers"),
    ],
)
def test_raw_numbers_that_run_cannot_take(query: str, told: str) -> None:
    with pytest.raises(RefusedError) as caught:
        form(inputs(), bytes(40), "application/octet-stream", query)
    assert told in str(caught.value)


def test_v1_knows_json_only() -> None:
    body = saved(np.ones((1, 3)))
    assert form(inputs(), body, "application/x-npy", dialect=V1Dialect()) is None


def test_one_body_cannot_be_two_arrays() -> None:
    made = inputs(DATA, {**DATA, "name": "other"})
    with pytest.raises(RefusedError, match="data, other") as caught:
        form(made, saved(np.ones((1, 3))), "application/x-npy")
    assert caught.value.outcome is Outcome.UNSUPPORTED_MEDIA
