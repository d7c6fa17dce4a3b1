"""One request through run(): arguments, the call, its result or its failure."""

import json
from time import perf_counter_ns
from typing import Any, Dict, Iterator, NamedTuple, Optional

from . import asynchronous, diagnosis, encode, frames, inputs, logs, responses, stream
from .config import Config
from .contract import Contract
from .frames import Reply, Request
from .interruption import Guard, ScoringTimeoutError
from .read_ahead import OwnText
from .script import Script


class ScriptAnswer(NamedTuple):
    """A reply, and what is still to come of its body."""

    reply: Reply
    rest: Optional[Iterator[bytes]] = None


class Caller:
    """Calls one script's run(), for one thread."""

    def __init__(
        self,
        script: Script,
        contract: Contract,
        config: Config,
        log: logs.Log,
        arrays: bool = True,
        *,
        own: Optional[OwnText] = None,
    ) -> None:
        """With `arrays`, whoever reads the replies takes arrays as they are; v1 knows none.

        `own` is told the text of each request; without it every text is parsed by the script.
        """
        self.guard = Guard()  # while run() may be interrupted
        self._arrays = arrays and not config.v1
        self._run = script.run
        self._own = own
        self._parse = inputs.parser(contract, own)
        self._encode = encode.encoder(config.v1, config.nan)
        self._config = config
        self._contract = contract
        self._log = log

    def call(self, request: Request) -> ScriptAnswer:
        """Answer one request. Nothing that user code does makes this raise.

        Raises `FrameError` where the front's own part of the request is garbage.
        """
        try:
            arguments = self._parse(request)
        except inputs.BadInputError as error:
            return _refused(request.id, frames.BAD_INPUT, error)
        except inputs.MediaTypeError as error:
            return _refused(request.id, frames.UNSUPPORTED_MEDIA, error)
        except (KeyError, TypeError, ValueError) as error:
            # No user code has run: the front has sent what it should not have.
            message = "request %d cannot be read: %s" % (request.id, diagnosis.describe(error))
            raise frames.FrameError(message) from error
        started = perf_counter_ns()
        try:
            self.guard.enter(request.id)
            answer = self._answer(request.id, arguments, started)
            self.guard.leave()
        except ScoringTimeoutError as error:  # raised where the script was not running any more
            answer = ScriptAnswer(self.failed(request.id, error, perf_counter_ns() - started))
        if self._own is not None:
            self._own.end()
            if self._own.parsed:
                reply = answer.reply
                answer = answer._replace(reply=reply._replace(flags=reply.flags | frames.PARSED))
        return answer

    def _answer(self, id_: int, arguments: Dict[str, Any], started: int) -> ScriptAnswer:
        try:
            result = self._run(**arguments)
            if type(result) not in _PLAIN:
                result = self._settle(result)
        except BaseException as error:  # noqa: BLE001 - a worker outlives SystemExit too
            return ScriptAnswer(self.failed(id_, error, perf_counter_ns() - started))
        return self.encoded(id_, result, started)

    def as_json(self, result: Any) -> bytes:
        """The result as text. Raises where it cannot be."""
        return self._encode(result)

    def as_array(self, result: Any) -> Optional[encode.Numbers]:
        """The result as the bytes of an array, where that says the same and may be sent."""
        found = encode.numbers(result) if self._arrays else None
        return found if found is not None and len(found.data) < _LARGEST_ARRAY else None

    def encoded(self, id_: int, result: Any, started: int) -> ScriptAnswer:
        """The answer that carries `result`, of a run that began at `started`."""
        ended = perf_counter_ns()
        took = ended - started
        try:
            if type(result) in _PLAIN:
                body = self._encode(result)
            elif responses.is_response(result):
                return self._passed(id_, result, took, ended)
            elif isinstance(result, stream.Stream):
                return _streamed(id_, result, took)
            else:
                found = self.as_array(result)
                if found is not None:
                    spent = perf_counter_ns() - ended
                    head, data = found
                    return ScriptAnswer(
                        Reply(id_, frames.OK, 0, took, spent, head, data, frames.ARRAY)
                    )
                body = self._encode(result)
            if len(body) > _LARGEST:
                raise encode.NotEncodableError(
                    "The result of run() has %d bytes as JSON; at most %d can be sent."
                    % (len(body), _LARGEST)
                )
        except BaseException as error:  # noqa: BLE001 - encoding runs user code as well
            return ScriptAnswer(self._not_encodable(id_, error, took, perf_counter_ns() - ended))
        return ScriptAnswer(Reply(id_, frames.OK, 0, took, perf_counter_ns() - ended, b"", body))

    def failed(self, id_: int, error: BaseException, took: int) -> Reply:
        """The reply to a request whose run() raised `error`; logs it."""
        if not self._config.v1 and _raised_by_conversion(error):
            message = diagnosis.message_of(error).encode("utf-8", "replace")
            return Reply(id_, frames.BAD_INPUT, 0, 0, 0, b"", message)
        meta = self.report(error)
        return Reply(id_, frames.RUN_RAISED, 0, took, 0, meta, b"")

    def report(self, error: BaseException) -> bytes:
        """Log `error` with its traceback; the meta of a reply that tells of it."""
        found = diagnosis.from_exception("run_raised", error, self._config.place.app_root)
        self._log.error(logs.SERVER, "Encountered Exception: %s" % (found.traceback or "").rstrip())
        told = {"error": found.message, "file": found.file, "line": found.line}
        return json.dumps(dict(told, traceback=found.traceback)).encode()

    def _settle(self, result: Any) -> Any:
        """What run() stands for: a coroutine is awaited, a generator begun. v1 has neither."""
        if asynchronous.is_awaitable(result):
            result = asynchronous.complete(result)
        if not self._config.v1 and stream.is_generator(result):
            return stream.begin(result, self._encode)
        return result

    def _passed(self, id_: int, result: Any, took: int, ended: int) -> ScriptAnswer:
        self._log.info(logs.SERVER, "run() output is HTTP Response")
        found = responses.read(result)
        flags = frames.STREAMED if found.stream is not None else 0
        spent = perf_counter_ns() - ended
        reply = Reply(id_, frames.PASSED, found.status, took, spent, found.meta, found.body, flags)
        rest = stream.encode_parts(found.stream, self._encode) if found.stream is not None else None
        return ScriptAnswer(reply, rest)

    def _not_encodable(self, id_: int, error: BaseException, took: int, spent: int) -> Reply:
        if isinstance(error, encode.NotEncodableError):
            message = str(error)
            self._log.error(logs.SERVER, message)
            meta = json.dumps({"error": message}).encode()
        else:
            message = "The result of run() cannot be encoded: %s" % diagnosis.describe(error)
            meta = self.report(error)
        body = message.encode("utf-8", "replace")
        return Reply(id_, frames.NOT_ENCODABLE, 0, took, spent, meta, body)


# What a frame holds, less its own parts.
_LARGEST = 2**32 - 2**16

# Beyond, the front would be busy with one answer for too long: the worker encodes it.
_LARGEST_ARRAY = 1 << 20

# What goes straight to the encoder: the common results, which are neither awaited nor streamed.
_PLAIN = frozenset((type(None), bool, int, float, str, list, tuple, dict))


def _refused(id_: int, cause: int, error: Exception) -> ScriptAnswer:
    return ScriptAnswer(Reply(id_, cause, 0, 0, 0, b"", str(error).encode("utf-8", "replace")))


def _streamed(id_: int, result: "stream.Stream", took: int) -> ScriptAnswer:
    meta = json.dumps({"content_type": result.content_type}).encode()
    reply = Reply(id_, frames.OK, 0, took, 0, meta, result.first, frames.STREAMED)
    return ScriptAnswer(reply, result.rest)


def _raised_by_conversion(error: BaseException) -> bool:
    """Whether the error came out of the conversion of an argument, rather than out of the script.

    The decorators of `inference_schema` convert before they call run(), in a function that does
    nothing else; what a type of the user's own raises in there counts as well.
    """
    traceback = error.__traceback__ if isinstance(error, Exception) else None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_name in _CONVERTING and "inference_schema" in code.co_filename:
            return True
        traceback = traceback.tb_next
    return False


# The functions of both packages that convert an argument and do nothing else.
_CONVERTING = frozenset(("_deserialize_input_argument", "convert_argument"))
