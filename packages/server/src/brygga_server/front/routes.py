"""Which path does what, who may ask, and with which ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, unquote_to_bytes

from brygga_server.front.answers import HTML, JSON, Answers
from brygga_server.front.exchange import Exchange
from brygga_server.front.identifiers import Identifiers
from brygga_server.front.keys import Keys
from brygga_server.front.outcomes import Outcome
from brygga_server.settings import ServerSettings

_VERSIONS = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}
_NAMES = {
    b"x-request-id": 0,
    b"x-ms-request-id": 1,
    b"x-ms-client-request-id": 2,
    b"authorization": 3,
    b"traceid": 4,
    b"traceparent": 5,
    b"origin": 6,
    b"x-brygga-timeout-ms": 7,
    b"content-type": 8,
}


@dataclass(frozen=True)
class Route:
    """What stands behind a path."""

    methods: frozenset[bytes]
    allow: str
    keyed: bool
    answer: Callable[[Exchange], None]


class RoutedService(Protocol):
    """What the routes show of the rest of the front."""

    draining: bool

    @property
    def started(self) -> bool:
        """Whether a worker has been ready in this life."""

    @property
    def able(self) -> bool:
        """Whether a request would be run now."""

    @property
    def contract(self) -> dict[str, object]:
        """What the worker said of the script."""

    def score(self, exchange: Exchange) -> None:
        """Queues a request."""

    def metrics(self) -> bytes:
        """For Prometheus."""


class Routes:
    """Settles what a head alone can settle, and answers what is asked."""

    def __init__(self, settings: ServerSettings, service: RoutedService, answers: Answers) -> None:
        self.keys = Keys(None)
        self._service = service
        self._answers = answers
        self._identifiers = Identifiers()
        self._v1 = settings.profile == "v1"
        # v1's server leaves the prefix to what stands in front of it, and only documents it.
        prefix = b"" if self._v1 else settings.path_prefix.rstrip("/").encode()
        read = frozenset((b"GET", b"HEAD", b"OPTIONS"))
        score = frozenset((b"GET", b"POST", b"OPTIONS", b"HEAD"))
        self._open_metrics = Route(read, "GET, HEAD, OPTIONS", False, self._metrics)
        self._table = {
            prefix + b"/": Route(read, "GET, HEAD, OPTIONS", False, self._health),
            prefix + b"/ready": Route(read, "GET, HEAD, OPTIONS", False, self._ready),
            prefix + b"/score": Route(score, "GET, HEAD, OPTIONS, POST", True, self._score),
            prefix + b"/swagger.json": Route(read, "GET, HEAD, OPTIONS", True, self._swagger),
            prefix + b"/metrics": Route(
                read, "GET, HEAD, OPTIONS", not settings.open_metrics, self._metrics
            ),
        }

    def begin(self, exchange: Exchange) -> None:
        """Ids, key and route of a request whose body is still to come; may set `refusal`."""
        found: list[bytes] = [b""] * len(_NAMES)
        request_id: str | None = None
        for name, value in exchange.headers:
            place = _NAMES.get(name.lower())
            if place is not None:
                # As between a WSGI server and its application: what is repeated is a list.
                found[place] = found[place] + b"," + value if found[place] else value
                if place == 0:
                    request_id = found[0].decode("latin-1")
        route = self._table.get(exchange.path) or self._table.get(_plain(exchange.path))
        exchange.trace_id, exchange.traceparent, exchange.origin = found[4:7]
        exchange.content_type = found[8]
        if route is None:
            exchange.refusal = (Outcome.NOT_FOUND, "")
            return
        if exchange.method not in route.methods:
            exchange.refusal = (Outcome.METHOD_NOT_ALLOWED, "")
            exchange.route = route
            return
        exchange.routed = True
        too_long = self._identifiers.assign(
            exchange, request_id, found[1].decode("latin-1"), found[2].decode("latin-1")
        )
        if too_long is not None:
            exchange.refusal = (Outcome.HEADERS_TOO_LARGE, too_long)
            return
        exchange.route = route
        if found[7].isdigit() and len(found[7]) < 10:
            exchange.wanted_timeout_ms = int(found[7])
        if route.keyed and self.keys.required and exchange.method != b"OPTIONS":
            name_of_key = self.keys.name_of(found[3])
            if name_of_key is None:
                exchange.refusal = (Outcome.UNAUTHORIZED, _why(found[3]))
            else:
                exchange.key = name_of_key

    def begin_metrics(self, exchange: Exchange) -> None:
        """As `begin`, of a request that came through the port for metrics."""
        route = self._open_metrics
        if exchange.path != b"/metrics":
            exchange.refusal = (Outcome.NOT_FOUND, "")
        elif exchange.method not in route.methods:
            exchange.refusal = (Outcome.METHOD_NOT_ALLOWED, "")
        exchange.route = route

    def handle(self, exchange: Exchange) -> None:
        """The request is complete."""
        assert exchange.route is not None  # else it was refused
        if exchange.method == b"OPTIONS" and not (
            self._service.contract.get("raw") and exchange.path.endswith(b"/score")
        ):
            self._options(exchange, exchange.route)
            return
        exchange.route.answer(exchange)

    def _options(self, exchange: Exchange, route: Route) -> None:
        """What may be asked of a path; of `/score`, v1 says it as if it had been scored."""
        scores = route.answer == self._score
        allow = "" if scores and self._v1 else f"Allow: {route.allow}\r\n"
        self._answers.plain(exchange, 200, HTML, b"", scored=scores or not self._v1, more=allow)

    def _health(self, exchange: Exchange) -> None:
        if self._service.started:
            self._answers.plain(exchange, 200, HTML, b"Healthy")
        else:
            self._answers.error(exchange, Outcome.STARTING)

    def _ready(self, exchange: Exchange) -> None:
        if self._service.draining:
            self._answers.error(exchange, Outcome.STOPPING)
        elif not self._service.started:
            self._answers.error(exchange, Outcome.STARTING)
        elif not self._service.able:
            self._answers.error(exchange, Outcome.OVERLOAD)
        else:
            self._answers.plain(exchange, 200, JSON, b'{"message": "ready"}')

    def _score(self, exchange: Exchange) -> None:
        if exchange.method == b"HEAD" and not self._service.contract.get("raw"):
            self._answers.error(exchange, Outcome.METHOD_NOT_ALLOWED, "Method not allowed")
        elif not self._service.started:
            self._answers.error(exchange, Outcome.STARTING)
        else:
            self._service.score(exchange)

    def _swagger(self, exchange: Exchange) -> None:
        if not self._service.started:
            self._answers.error(exchange, Outcome.STARTING)
            return
        query = parse_qs(exchange.query.decode("latin-1"), keep_blank_values=True)
        asked = query.get("version", ["2"])[0]
        documents = self._service.contract.get("swagger")
        documents = documents if isinstance(documents, dict) else {}
        version = _VERSIONS.get(asked)
        if version is None:
            text = f"Swagger version [{asked}] is not valid. Supported versions: [2, 3, 3.1]."
            self._answers.error(exchange, Outcome.NOT_FOUND, text)
        elif version not in documents:
            supported = ", ".join(documents)
            text = (
                f"Swagger version [{asked}] is not supported for the scoring script. "
                f"Supported swagger versions: [{supported}]."
            )
            self._answers.error(exchange, Outcome.NOT_FOUND, text)
        else:
            document = documents[version]
            page = (document if isinstance(document, str) else json.dumps(document)).encode()
            self._answers.plain(exchange, 200, JSON, page, scored=True)

    def _metrics(self, exchange: Exchange) -> None:
        page = self._service.metrics()
        self._answers.plain(exchange, 200, b"text/plain; version=0.0.4; charset=utf-8", page)


def _plain(path: bytes) -> bytes:
    """A path as it is looked up: its escapes read, its first slashes one."""
    return b"/" + unquote_to_bytes(path).lstrip(b"/")


def _why(authorization: bytes) -> str:
    if not authorization:
        return "A key is needed: send it as 'Authorization: Bearer <key>'."
    if not authorization.lower().startswith(b"bearer "):
        return "The Authorization header has to be 'Bearer <key>'."
    return "The key in the Authorization header is not one of this service's keys."
