"""Several requests through run() at once.

The front has seen to it that joined requests agree in dtype, trailing shape and other parameters.
What run() gives back must have a row for each row it was given; anything else, and every
exception, and the requests are run one by one, so that only the guilty one sees the error.
"""

import json
import sys
from time import perf_counter_ns
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from . import asynchronous, diagnosis, inputs, logs, responses
from .call import Answer, Caller
from .contract import Contract
from .frames import Request
from .script import Script


class Joiner:
    """Runs the joined requests of a frame."""

    def __init__(self, script: Script, contract: Contract, caller: Caller, log: logs.Log) -> None:
        self._run = script.run
        self._parse = inputs.parser(contract)
        self._caller = caller
        self._log = log
        self._possible = contract.batch is not None

    def call(
        self, requests: Sequence[Request], start: Callable[[Request], None]
    ) -> Iterable[Answer]:
        """Answer all of `requests`; `start` is told what is about to run."""
        if self._possible and len(requests) > 1:
            start(requests[0])
            answers = self._together(requests)
            if answers is not None:
                return answers
        return self._one_by_one(requests, start)

    def _one_by_one(
        self, requests: Sequence[Request], start: Callable[[Request], None]
    ) -> Iterable[Answer]:
        for request in requests:
            start(request)
            yield self._caller.call(request)

    def _together(self, requests: Sequence[Request]) -> Optional[List[Answer]]:
        try:
            rows, arguments = self._join(requests)
            started = perf_counter_ns()
            result = self._run(**arguments)
            if asynchronous.is_awaitable(result):
                result = asynchronous.complete(result)
            ended = perf_counter_ns()
            parts = self._split(result, rows)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it will show one by one
            self._log.debug(
                logs.SERVER,
                "%d joined requests raised %s" % (len(requests), diagnosis.describe(error)),
            )
            return None
        if parts is None:
            return None
        # Each gets its own time to encode and the whole of the common run.
        shift = ended - started
        return [
            self._caller.encoded(request.id, part, perf_counter_ns() - shift)
            for request, part in zip(requests, parts)
        ]

    def _join(self, requests: Sequence[Request]) -> Tuple[List[int], Any]:
        """(rows of each request, arguments for all of them)."""
        rows = _rows(requests)
        meta = json.loads(requests[0].meta)
        array = meta["arrays"][0]
        array["shape"][0] = sum(rows)
        # One request with all the rows: a single copy, and no array for each of them.
        together = bytearray().join([request.body for request in requests])
        whole = requests[0]._replace(meta=json.dumps(meta).encode(), body=together)
        return rows, self._parse(whole)

    def _split(self, result: Any, rows: List[int]) -> Optional[List[Any]]:
        """A part of the result for each request, or None where it has not a row for each row."""
        if _is_numbers(result):
            result = result.tolist()  # once for all of them
        whole = isinstance(result, (list, tuple)) or hasattr(result, "__array__")
        if not whole or responses.is_response(result) or len(result) != sum(rows):
            self._possible = False
            self._log.warning(
                logs.SERVER,
                "run() does not return a row for each row: requests are no longer joined",
            )
            return None
        parts, at = [], 0
        for count in rows:
            parts.append(result[at : at + count])
            at += count
        return parts


def _rows(requests: Sequence[Request]) -> List[int]:
    """How many rows each request has. Raises `ValueError` where they are not alike."""
    known: Dict[bytes, int] = {}
    first = None
    rows = []
    for request in requests:
        count = known.get(request.meta)
        if count is None:
            meta = json.loads(request.meta)
            (array,) = meta["arrays"]
            count = known[request.meta] = array["shape"][0]
            kind = (array["name"], array["dtype"], array["shape"][1:], meta.get("values"))
            first = first or kind
            if kind != first or array.get("offset"):
                raise ValueError("the joined requests are not alike")
        rows.append(count)
    return rows


def _is_numbers(result: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(result, numpy.ndarray):
        return False
    return bool(result.ndim) and result.dtype.kind in "biuf"
