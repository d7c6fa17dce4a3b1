"""From a request to what a worker is sent: arrays where the script declares them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from brygga_server.front import npy
from brygga_server.front.exchange import Exchange
from brygga_server.front.numbers import Array, Declared, Parsed, parse
from brygga_server.front.outcomes import Outcome
from brygga_server.front.parser_process import question
from brygga_server.worker.frames import Buffer

NPY = b"application/x-npy"
RAW = b"application/octet-stream"
LARGEST = 2 << 20  # bytes of JSON that are parsed here (4 ms): nobody else is served meanwhile
_KNOWN_METAS = 1024
_CASTS = {"b": "biuf", "i": "if", "u": "iuf", "f": "f"}  # kinds a kind converts to without loss


class RefusedError(Exception):
    """A request that run() cannot take: what to tell the client."""

    def __init__(self, message: str, cause: Outcome = Outcome.BAD_INPUT) -> None:
        super().__init__(message)
        self.cause = cause


class Form(NamedTuple):
    """A request as a worker is sent it, with its arrays laid out."""

    meta: bytes
    data: Buffer
    rows: int
    group: tuple[object, ...] | None  # requests of one group may run together; None: only alone


class Inputs:
    """What a contract makes of requests."""

    KEYS = ("parameters", "batch", "wants_headers")  # of the contract, that decide

    def __init__(self, contract: dict[str, object], *, native: bool) -> None:
        """Reads the contract.

        Args:
            contract: As READY has it.
            native: Take .npy and raw numbers too, which v1 does not know.
        """
        parameters: Any = contract.get("parameters") or []
        numpy = [p for p in parameters if p["kind"] == "numpy"]
        self._declared = [Declared(p["name"], p["dtype"], tuple(p["shape"])) for p in numpy]
        self._parsed = [d for d in self._declared if d.parsed]
        self._others = frozenset(p["name"] for p in parameters).difference(
            d.name for d in self._parsed
        )
        self._wants_headers = bool(contract.get("wants_headers"))
        self._native = native
        batch: Any = contract.get("batch")
        self.max_rows: int = batch["max_rows"] if batch else 0
        self.max_wait: float = batch["max_wait_ms"] / 1000 if batch else 0.0
        self._known: dict[object, tuple[bytes, tuple[object, ...] | None]] = {}
        self._metas: dict[object, bytes] = {}  # of batches

    @property
    def open(self) -> bool:
        """Whether there is a parameter that takes arrays."""
        return bool(self._declared)

    @property
    def batched(self) -> bool:
        """Whether requests may run together."""
        return self.max_rows > 0

    def large(self, exchange: Exchange) -> bool:
        """Whether a request has so many numbers that another process had better read them."""
        size = len(exchange.body)
        return (
            size > LARGEST
            and bool(self._parsed)
            and exchange.method == b"POST"
            and (exchange.is_json)
        )

    @property
    def question(self) -> bytes:
        """What that process has to know."""
        return question(self._parsed, self._others)

    def form_of(self, exchange: Exchange, parsed: Parsed) -> Form:
        """The request with the arrays that another process has found."""
        return self._laid_out(parsed, exchange)

    def form(self, exchange: Exchange) -> Form | None:
        """The request with its arrays laid out, or None where the worker takes the body itself.

        Raises:
            RefusedError: It cannot be what run() takes.
        """
        if not self._declared or exchange.method != b"POST":
            return None
        if exchange.is_json:
            if not self._parsed or len(exchange.body) > LARGEST:
                return None
            parsed = parse(exchange.body, self._parsed, self._others)
            return None if parsed is None else self._laid_out(parsed, exchange)
        kind = exchange.media_type
        if not self._native or kind not in (NPY, RAW):
            return None
        if len(self._declared) > 1:
            names = ", ".join(d.name for d in self._declared)
            message = f"run() takes several arrays ({names}); send them as JSON."
            raise RefusedError(message, Outcome.UNSUPPORTED_MEDIA)
        declared = self._declared[0]
        found, order = _from_npy(exchange, declared) if kind == NPY else _raw(exchange, declared)
        _check(found, declared)
        return self._laid_out(Parsed([found], {}), exchange, order)

    def meta_of_rows(self, form: Form, rows: int) -> bytes:
        """The meta of a request with this many rows that is else as `form` is."""
        if rows == form.rows:
            return form.meta
        key = (form.group, rows)
        meta = self._metas.get(key)
        if meta is None:
            described = json.loads(form.meta)
            described["arrays"][0]["shape"][0] = rows
            meta = json.dumps(described).encode()
            if len(self._metas) < _KNOWN_METAS:
                self._metas[key] = meta
        return meta

    def _laid_out(self, parsed: Parsed, exchange: Exchange, order: str = "C") -> Form:
        arrays = parsed.arrays
        first = arrays[0]
        if len(arrays) > 1 or parsed.values or self._wants_headers:
            data = first.data if len(arrays) == 1 else b"".join(a.data for a in arrays)
            group = None
            if self.max_rows and len(arrays) == 1 and order == "C":
                group = (first.name, first.dtype, first.shape[1:], json.dumps(parsed.values))
            return Form(self._meta(parsed, exchange, order), data, first.shape[0], group)
        # Most requests are like others before them in all but the numbers themselves.
        key = (first.name, first.dtype, first.shape, order)
        known = self._known.get(key)
        if known is None:
            meta, group = self._meta(parsed, exchange, order), None
            if self.max_rows and order == "C":
                group = (first.name, first.dtype, first.shape[1:], "")
            known = (meta, group)
            if len(self._known) < _KNOWN_METAS:
                self._known[key] = known
        return Form(known[0], first.data, first.shape[0], known[1])

    def _meta(self, parsed: Parsed, exchange: Exchange, order: str) -> bytes:
        described, offset = [], 0
        for found in parsed.arrays:
            item = {
                "name": found.name,
                "dtype": found.dtype,
                "shape": found.shape,
                "offset": offset,
            }
            described.append(item if order == "C" else {**item, "order": order})
            offset += len(found.data)
        meta: dict[str, object] = {"arrays": described}
        if parsed.values:
            meta["values"] = parsed.values
        if self._wants_headers:
            meta["headers"] = exchange.shown_headers()
        return json.dumps(meta).encode()


def _from_npy(exchange: Exchange, declared: Declared) -> tuple[Array, str]:
    try:
        head = npy.read_head(exchange.body)
    except npy.NpyError as error:
        raise RefusedError(f"Parameter {declared.name!r}: {error}") from error
    data = memoryview(exchange.body)[head.start :]
    dtype = "<" + head.dtype[1:] if head.dtype[0] in "=|" else head.dtype
    order = "F" if head.fortran_order and len(head.shape) > 1 else "C"
    return Array(declared.name, dtype, head.shape, data), order


def _raw(exchange: Exchange, declared: Declared) -> tuple[Array, str]:
    """Little-endian numbers; `?dtype=` and `?shape=` say what they are, else the declaration."""
    asked = parse_qs(exchange.query.decode("latin-1"))
    dtype = "<" + asked.get("dtype", [declared.dtype])[0].lstrip("<>=|")
    if not npy.is_numeric(dtype):
        raise RefusedError(f"dtype={dtype[1:]} is no type of numbers; f4, f8, i8, u1 are some.")
    size = len(exchange.body)
    if "shape" in asked:
        parts = asked["shape"][0].split(",")
        if not all(part.isdecimal() and len(part) < 19 for part in parts):
            raise RefusedError(f"shape={asked['shape'][0]} is no shape; write shape=30,784.")
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
    return Array(declared.name, dtype, shape, memoryview(exchange.body)), "C"


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
