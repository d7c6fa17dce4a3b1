"""What the native dialect and v1's have in common: `/score`, and the `x-ms-` headers around it."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping

from brygga_server import __version__
from brygga_server.front.answer import Answer, Field, Head
from brygga_server.front.cors import ALLOWED_ORIGIN, Cors
from brygga_server.front.dialects import ids
from brygga_server.front.dialects.base import Dialect, Page
from brygga_server.front.dialects.statuses import STATUSES, StatusRow
from brygga_server.front.identifiers import Identifiers
from brygga_server.front.inputs import Inputs
from brygga_server.front.outcomes import MESSAGES, Outcome, Refusal
from brygga_server.front.request import ClientRequest
from brygga_server.front.results import Said, to_json
from brygga_server.settings import ServerSettings
from brygga_server.worker.frames import Buffer

FAILED = "x-ms-run-function-failed"
_TIMEOUT = b"x-brygga-timeout-ms"
_JSON: Field = ("Content-Type", "application/json")
HTML: Field = ("Content-Type", "text/html; charset=utf-8")
_METRICS: Field = ("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
_NOT_FAILED: Field = (FAILED, "False")
# Nothing in the page may run or be asked for but its own files and its own service, so that not
# even an answer that it shows could do harm; and no other site may show it as a part of its own.
_ALONE: tuple[Field, ...] = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-cache"),
)
_DOCS = {
    Page.DOCS: Head(200, HTML, *_ALONE),
    Page.DOCS_STYLE: Head(200, ("Content-Type", "text/css; charset=utf-8"), *_ALONE),
    Page.DOCS_SCRIPT: Head(200, ("Content-Type", "text/javascript; charset=utf-8"), *_ALONE),
}
# Of those that a transport decides, a script decides none.
_FRAMING = frozenset(
    ("content-length", "transfer-encoding", "connection", "keep-alive", "date", "server")
)
# What the server says of a request wins over what the script says.
_IDS = frozenset(("x-request-id", "x-ms-request-id", "x-ms-client-request-id"))
_OF_A_BODY = frozenset(
    ("allow", "content-encoding", "content-language", "content-md5", "content-range",
     "content-type", "last-modified")
)  # fmt: skip


class ScoreDialect(Dialect):
    """Ids, results, errors and pages; where the two differ, the differences have a method each."""

    headers = ids.HEADERS | {_TIMEOUT}
    cors_for_all = True  # also where a path is not known

    def __init__(self) -> None:
        self._identifiers = Identifiers()
        self._cors: Cors | None = None
        self._version: tuple[Field, ...] = ()
        self._ok = Head(200, _JSON, _NOT_FAILED)
        self._run_ns = -1  # of the last answer,
        self._ran = ("", "")  # and what it said of it

    def take(self, settings: ServerSettings) -> None:
        """See `Dialect`."""
        self._cors = Cors.of(settings)
        version = settings.version_header or f"brygga-server/{__version__}"
        self._version = () if version == "off" else (("x-ms-server-version", version),)
        self._ok = Head(200, _JSON, _NOT_FAILED, *self._version)

    # -- the request ----------------------------------------------------------------------------

    def begin(self, request: ClientRequest, said: Mapping[bytes, bytes]) -> Refusal | None:
        """See `Dialect`."""
        if not said:
            made = request.request_id = self._identifiers.new()
            request.marks = (("x-request-id", made), ("x-ms-request-id", made))
            return None
        return self._begin(request, said)

    def _begin(self, request: ClientRequest, said: Mapping[bytes, bytes]) -> Refusal | None:
        """As `begin`, of a request that says something."""
        request.marks, too_long = ids.settle(request, said, self._identifiers)
        if too_long:
            return Refusal(Outcome.HEADERS_TOO_LARGE, too_long)
        wanted = said.get(_TIMEOUT)
        if wanted is not None and wanted.isdigit() and len(wanted) < 10:
            request.wanted_timeout = int(wanted) / 1000
        return None

    def question(self, request: ClientRequest, inputs: Inputs) -> bytes:
        """See `Dialect`."""
        numbers = inputs.parsed and request.method == b"POST" and request.is_json
        return inputs.question if numbers else b""

    # -- answers --------------------------------------------------------------------------------

    def answer(
        self,
        request: ClientRequest,
        run_ns: int,
        body: Buffer,
        array: memoryview | None = None,
        said: Said | None = None,
    ) -> Answer:
        """See `Dialect`."""
        if run_ns != self._run_ns:  # those that ran as one have theirs in common
            self._run_ns, self._ran = run_ns, ("x-ms-run-fn-exec-ms", f"{run_ns / 1e6:.3f}")
        ran = self._ran
        if said is not None:
            shared = any(name.lower() == ALLOWED_ORIGIN for name, _ in said.headers)
            fields = self._fields(request, ran, cors=not shared)
            return Answer(said.outcome, self._head_of(request, said), fields, body)
        if array is not None:
            body = to_json(array)
        fields = [ran, *(request.marks or ())]
        if self._cors is not None:
            fields += self._cors.fields(request)
        return Answer(Outcome.OK, self._ok, fields, body)

    def error(
        self,
        request: ClientRequest,
        outcome: Outcome,
        message: str = "",
        details: Mapping[str, object] | None = None,
    ) -> Answer:
        """See `Dialect`."""
        row = STATUSES[outcome]
        message = self._message(outcome, message) or MESSAGES[outcome]
        body = json.dumps({"message": message, **(details or {})}).encode()
        more = [("Retry-After", "1")] if row.retry_after else []
        if outcome is Outcome.UNAUTHORIZED:
            more.append(("WWW-Authenticate", "Bearer"))
        elif outcome is Outcome.METHOD_NOT_ALLOWED:
            more += self._allow(request)
        head = Head(self._status(row), _JSON, (FAILED, str(row.run_failed)))
        return Answer(outcome, head, self._fields(request, *more), body)

    def page(self, request: ClientRequest, page: Page, body: bytes = b"") -> Answer:
        """See `Dialect`."""
        head = Head(200, _JSON)
        more: list[Field] = []
        if page is Page.HEALTH:
            head, body = Head(200, HTML), b"Healthy"
        elif page is Page.READY:
            body = b'{"message": "ready"}'
        elif page is Page.METRICS:
            head = Head(200, _METRICS)
        elif page is Page.DOCUMENT:
            head = Head(200, _JSON, _NOT_FAILED)
        elif page in _DOCS:
            head = _DOCS[page]
        elif page is not Page.CONTRACT:
            head, more = self._methods(request, scored=page is Page.SCORE_METHODS)
        return Answer(Outcome.OK, head, self._fields(request, *more), body)

    def _fields(self, request: ClientRequest, *more: Field, cors: bool = True) -> list[Field]:
        """Those of one answer, and those that tell who asked and who answered."""
        marks = request.marks
        fields = list(more) if marks is None else [*more, *self._version, *marks]
        if cors and self._cors is not None and (marks is not None or self.cors_for_all):
            fields += self._cors.fields(request)
        return fields

    def _head_of(self, request: ClientRequest, said: Said) -> Head:
        """Status and fields of an answer whose script has a say in them."""
        content_type = said.content_type
        if content_type is None and said.outcome is Outcome.OK:
            content_type = "application/json"
        fields: list[Field] = [("Content-Type", content_type)] if content_type else []
        ours = {name for name, _ in request.marks or ()} & _IDS
        failed: list[str] = []
        for name, value in said.headers:
            lowered = name.lower()
            if lowered == FAILED:
                failed.append(value)
            elif not (
                lowered in _FRAMING
                or lowered in ours
                or (said.status == 304 and lowered in _OF_A_BODY)
            ):
                fields.append((name, value))
        fields += [(FAILED, word) for word in self._failed(said.outcome, said.status, failed)]
        return Head(said.status, *fields)

    # -- where the two differ -------------------------------------------------------------------

    @abstractmethod
    def _status(self, row: StatusRow) -> int:
        """Of an error."""

    @abstractmethod
    def _message(self, outcome: Outcome, message: str) -> str:
        """What is told of it; empty: the sentence for its kind."""

    @abstractmethod
    def _allow(self, request: ClientRequest) -> list[Field]:
        """With a method that its path does not take."""

    @abstractmethod
    def _methods(self, request: ClientRequest, *, scored: bool) -> tuple[Head, list[Field]]:
        """Of the answer to OPTIONS."""

    @abstractmethod
    def _failed(self, outcome: Outcome, status: int, said: list[str]) -> list[str]:
        """The values of the header that says whether run() failed."""
