"""From what a dialect has read to what a worker is sent: arrays where the script declares them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from brygga_server.front.numbers import Declared, Parsed
from brygga_server.front.parser_process import question
from brygga_server.front.request import ClientRequest
from brygga_server.worker.frames import Buffer

_KNOWN_METAS = 1024


class Form(NamedTuple):
    """A request as a worker is sent it, with its arrays laid out."""

    meta: bytes
    data: Buffer
    rows: int
    group: tuple[object, ...] | None  # requests of one group may run together; None: only alone


class Inputs:
    """What a contract asks of requests."""

    KEYS = ("parameters", "batch", "wants_headers")  # of the contract, that decide

    def __init__(self, contract: dict[str, object]) -> None:
        """Reads a contract, as READY has it."""
        parameters: Any = contract.get("parameters") or []
        numpy = [p for p in parameters if p["kind"] == "numpy"]
        self.declared = [Declared(p["name"], p["dtype"], tuple(p["shape"])) for p in numpy]
        self.parsed = [d for d in self.declared if d.parsed]  # JSON numbers make such arrays
        self.others = frozenset(p["name"] for p in parameters).difference(
            d.name for d in self.parsed
        )
        self._wants_headers = bool(contract.get("wants_headers"))
        batch: Any = contract.get("batch")
        self.max_rows: int = batch["max_rows"] if batch else 0
        self.max_wait: float = batch["max_wait_ms"] / 1000 if batch else 0.0
        self.ahead = False  # the script parses the texts that it is given: see `read_ahead`
        self._known: dict[object, tuple[bytes, tuple[object, ...] | None]] = {}
        self._metas: dict[object, bytes] = {}  # of batches

    @property
    def open(self) -> bool:
        """Whether there is a parameter that takes arrays."""
        return bool(self.declared)

    @property
    def batched(self) -> bool:
        """Whether requests may run together."""
        return self.max_rows > 0

    @property
    def question(self) -> bytes:
        """What the process for large bodies has to know."""
        return question(self.parsed, self.others)

    def lay_out(self, parsed: Parsed, request: ClientRequest, order: str = "C") -> Form:
        """The arrays and values that were found in a request, as a worker is sent them."""
        arrays = parsed.arrays
        first = arrays[0]
        if len(arrays) > 1 or parsed.values or self._wants_headers:
            data = first.data if len(arrays) == 1 else b"".join(a.data for a in arrays)
            group = None
            if self.max_rows and len(arrays) == 1 and order == "C":
                group = (first.name, first.dtype, first.shape[1:], json.dumps(parsed.values))
            return Form(self._meta(parsed, request, order), data, first.shape[0], group)
        # Most requests are like others before them in all but the numbers themselves.
        key = (first.name, first.dtype, first.shape, order)
        known = self._known.get(key)
        if known is None:
            meta, group = self._meta(parsed, request, order), None
            if self.max_rows and order == "C":
                group = (first.name, first.dtype, first.shape[1:], "")
            known = (meta, group)
            if len(self._known) < _KNOWN_METAS:
                self._known[key] = known
        return Form(known[0], first.data, first.shape[0], known[1])

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

    def _meta(self, parsed: Parsed, request: ClientRequest, order: str) -> bytes:
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
            meta["headers"] = request.shown_headers()
        return json.dumps(meta).encode()
