"""Several requests through run() at once.

The front has seen to it that joined requests agree in dtype, trailing shape and other parameters.
What run() gives back must have a row for each row it was given; anything else, and every
exception, and the requests are run one by one, so that only the guilty one sees the error.
"""

import json
import struct
from time import perf_counter_ns
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, Tuple

from . import asynchronous, diagnosis, frames, inputs, logs, responses
from .call import Caller, ScriptAnswer
from .contract import Contract
from .frames import Joined, Place, Reply, Request
from .interruption import ScoringTimeoutError
from .script import Script

_SPARE = 4 << 20  # bytes of a batch; a copy of a larger one is not kept


class Joiner:
    """Runs the requests of a JOINED frame."""

    def __init__(self, script: Script, contract: Contract, caller: Caller, log: logs.Log) -> None:
        self._run = script.run
        self._parse = inputs.parser(contract)
        self._caller = caller
        self._log = log
        self._possible = contract.batch is not None
        self._spare = bytearray()

    def call(self, joined: Joined, start: Callable[[int, str], bool]) -> Iterable[ScriptAnswer]:
        """Answer all that were joined; `start` is told what is about to run, and says if it may."""
        if self._possible and start(joined.ids[0], joined.request_ids[0]):
            sent = self._copied(_bytes_of(joined))
            answer = self._together(joined)
            if answer is not None:
                return (answer,)
            joined = joined._replace(body=sent)
            self._spare = bytearray()  # the script may keep what is made of it from now on
        return self._one_by_one(joined, start)

    def _copied(self, body: frames.Buffer) -> frames.Buffer:
        """What was sent, as long as this batch runs: run() may change it, and fail then.

        The memory is used again, as long as no batch fails: new pages cost more than copying to
        old ones.
        """
        size = len(body)
        if size > _SPARE:
            return bytes(body)
        if size > len(self._spare):
            self._spare = bytearray(size)
        self._spare[:size] = body
        return memoryview(self._spare)[:size]

    def _one_by_one(
        self, joined: Joined, start: Callable[[int, str], bool]
    ) -> Iterator[ScriptAnswer]:
        for request in split(joined):
            if start(request.id, request.request_id):
                yield self._caller.call(request)

    def _together(self, joined: Joined) -> Optional[ScriptAnswer]:
        guard = self._caller.guard
        try:
            guard.enter(joined.ids[0])
            answer = self._answer(joined)
            guard.leave()
        except ScoringTimeoutError:  # raised where the script was not running any more
            return None
        return answer

    def _answer(self, joined: Joined) -> Optional[ScriptAnswer]:
        try:
            arguments = self._parse(
                Request(joined.ids[0], frames.ARRAYS, "", joined.meta, _bytes_of(joined))
            )
            started = perf_counter_ns()
            result = self._run(**arguments)
            if asynchronous.is_awaitable(result):
                result = asynchronous.complete(result)
            ended = perf_counter_ns()
            parts = self._encoded(result, joined.rows)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it will show one by one
            self._log.debug(
                logs.SERVER,
                "%d joined requests raised %s" % (len(joined.ids), diagnosis.describe(error)),
            )
            return None
        if parts is None:
            return None
        meta, body, flags = parts
        took, spent = ended - started, perf_counter_ns() - ended
        return ScriptAnswer(Reply(joined.ids[0], frames.OK, 0, took, spent, meta, body, flags))

    def _encoded(
        self, result: Any, rows: Sequence[int]
    ) -> Optional[Tuple[bytes, frames.Buffer, int]]:
        """(meta, body, flags) of the reply for all, or None where there is not a row for each row.

        Raises where a part of the result cannot be encoded.
        """
        whole = isinstance(result, (list, tuple)) or hasattr(result, "__array__")
        if not whole or responses.is_response(result) or len(result) != sum(rows):
            self._possible = False
            self._log.warning(
                logs.SERVER,
                "run() does not return a row for each row: requests are no longer joined",
            )
            return None
        found = self._caller.as_array(result)
        if found is not None:
            return found.head, found.data, frames.TOGETHER | frames.ARRAY
        texts, at = [], 0
        for count in rows:
            texts.append(self._caller.as_json(result[at : at + count]))
            at += count
        lengths = struct.pack("<%dI" % len(texts), *map(len, texts))
        return lengths, b"".join(texts), frames.TOGETHER


def split(joined: Joined) -> Iterator[Request]:
    """Each of the requests by itself. Raises `FrameError` where the rows do not add up."""
    meta = json.loads(joined.meta)
    shape = meta["arrays"][0]["shape"]
    whole, total = _bytes_of(joined), sum(joined.rows)
    width, at = len(whole) // max(total, 1), 0  # requests without rows may be joined as well
    if (
        total != shape[0]
        or len(joined.request_ids) != len(joined.ids)
        or len(whole) != width * total
    ):
        raise frames.FrameError("the rows of a joined frame do not add up")
    for id_, count, name in zip(joined.ids, joined.rows, joined.request_ids):
        shape[0] = count
        part = whole[at : at + count * width]
        yield Request(id_, frames.ARRAYS, name, json.dumps(meta).encode(), part)
        at += count * width


def _bytes_of(joined: Joined) -> frames.Buffer:
    assert not isinstance(joined.body, Place)  # whoever read the frame has looked it up
    return joined.body
