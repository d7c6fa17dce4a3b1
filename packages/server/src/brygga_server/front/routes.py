"""Which path does what, in which dialect, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_to_bytes

from brygga_server.front.actions import Actions
from brygga_server.front.answers import Answers
from brygga_server.front.dialects.base import Dialect
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.dialects.v1 import V1Dialect
from brygga_server.front.docs import FILES
from brygga_server.front.exchange import Exchange, Route
from brygga_server.front.keys import Keys
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.unpacker import Unpacker
from brygga_server.settings import ServerSettings

_READ = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Row:
    """One row of the routes.

    Attributes:
        path: With `/*` at its end, all that is below it and has no row of its own.
        act: Of `Actions`, or a function of its form.
    """

    path: str
    dialect: Dialect
    act: Callable[[Actions, Exchange], None]
    methods: tuple[str, ...] = _READ
    keyed: bool = True


def rows(settings: ServerSettings) -> list[Row]:
    """The routes of a profile; the dialect of the first is spoken where a path is not known."""
    own = V1Dialect() if settings.profile == "v1" else NativeDialect()
    # v1's server leaves the prefix to what stands in front of it, and only documents it.
    prefix = "" if settings.profile == "v1" else settings.path_prefix
    found = [
        Row(f"{prefix}/", own, Actions.health, keyed=False),
        Row(f"{prefix}/ready", own, Actions.ready, keyed=False),
        Row(f"{prefix}/score", own, Actions.score, (*_READ, "POST")),
        Row(f"{prefix}/swagger.json", own, Actions.document),
        Row(f"{prefix}/metrics", own, Actions.metrics, keyed=not settings.open_metrics),
    ]
    if settings.docs:
        found += [
            Row(f"{prefix}/docs{path}", own, file.give, keyed=False) for path, file in FILES.items()
        ]
        found.append(Row(f"{prefix}/docs/contract.json", own, Actions.describe))
    return found


class Routes:
    """Settles what a head alone can settle, and has done what is asked."""

    def __init__(
        self, table: Sequence[Row], actions: Actions, answers: Answers, unpacker: Unpacker
    ) -> None:
        self.keys = Keys(None)
        self._dialects = {row.dialect for row in table}
        self._actions = actions
        self._answers = answers
        self._unpacker = unpacker
        self._table = {row.path.encode(): _route(row, actions) for row in table}
        below = [path for path in self._table if path.endswith(b"/*")]
        self._below = sorted(below, key=len, reverse=True)
        self._open_metrics = _route(
            Row("/metrics", table[0].dialect, Actions.metrics, keyed=False), actions
        )

    def take(self, settings: ServerSettings, keys: Keys) -> None:
        """Settings and keys that hold from now on."""
        self.keys = keys
        self._unpacker.largest = settings.max_body_bytes
        for dialect in self._dialects:
            dialect.take(settings)

    def begin(self, exchange: Exchange) -> Refusal | None:
        """Ids, key and route of a request whose body is still to come; or why it is refused."""
        route = self._table.get(exchange.path) or self._find(exchange.path)
        if route is None:
            return Refusal(Outcome.NOT_FOUND)
        exchange.route = route
        dialect = exchange.dialect = route.dialect
        if exchange.method not in route.methods:
            return Refusal(Outcome.METHOD_NOT_ALLOWED)
        said: dict[bytes, bytes] = {}
        wanted = dialect.headers
        for name, value in exchange.headers:
            lowered = name.lower()
            if lowered in wanted:
                # As between a WSGI server and its application: what is repeated is a list.
                said[lowered] = said[lowered] + b"," + value if lowered in said else value
        refusal = dialect.begin(exchange, said)
        if refusal is not None:
            return refusal
        return self._admit(exchange) if self._needs_key(exchange, route) else None

    def begin_metrics(self, exchange: Exchange) -> Refusal | None:
        """As `begin`, of a request that came through the port for metrics."""
        exchange.route = self._open_metrics
        exchange.dialect = exchange.route.dialect
        if exchange.path != b"/metrics":
            return Refusal(Outcome.NOT_FOUND)
        if exchange.method not in exchange.route.methods:
            return Refusal(Outcome.METHOD_NOT_ALLOWED)
        return None

    def handle(self, exchange: Exchange) -> None:
        """The request is complete."""
        if exchange.coding and exchange.body:
            self._unpacker.unpack(exchange, self._unpacked)
            return
        route = exchange.route
        assert route is not None  # else it was refused
        if exchange.method == b"OPTIONS":
            if not (route.runs and self._actions.raw):
                self._actions.methods(exchange)
                return
            if not exchange.key and self._needs_key(exchange, route):
                # Its head came before it was known that the script takes it.
                refusal = self._admit(exchange)
                if refusal is not None:
                    self._answers.error(exchange, *refusal)
                    return
        route.act(exchange)

    def _unpacked(self, exchange: Exchange, refusal: Refusal | None) -> None:
        if refusal is None:
            self.handle(exchange)
        else:
            self._answers.error(exchange, *refusal)

    def _needs_key(self, exchange: Exchange, route: Route) -> bool:
        """What is told of a path is open; whatever reaches the script is not."""
        if not (route.keyed and self.keys.required):
            return False
        return exchange.method != b"OPTIONS" or (route.runs and self._actions.raw)

    def _find(self, path: bytes) -> Route | None:
        """The route of a path that is not written as in the table."""
        path = _plain(path)
        below = next((row for row in self._below if path.startswith(row[:-1])), b"")
        return self._table.get(path) or self._table.get(below)

    def _admit(self, exchange: Exchange) -> Refusal | None:
        authorization = exchange.header(b"authorization").encode("latin-1")
        name_of_key = self.keys.name_of(authorization)
        if name_of_key is None:
            return Refusal(Outcome.UNAUTHORIZED, _why(authorization))
        exchange.key = name_of_key
        return None


def _route(row: Row, actions: Actions) -> Route:
    methods = frozenset(method.encode() for method in row.methods)
    act = partial(row.act, actions)
    return Route(row.dialect, methods, row.keyed, act, runs=row.act is Actions.score)


def _plain(path: bytes) -> bytes:
    """A path as it is looked up: its escapes read, its first slashes one."""
    return b"/" + unquote_to_bytes(path).lstrip(b"/")


def _why(authorization: bytes) -> str:
    if not authorization:
        return "A key is needed: send it as 'Authorization: Bearer <key>'."
    if not authorization.lower().startswith(b"bearer "):
        return "The Authorization header has to be 'Bearer <key>'."
    return "The key in the Authorization header is not one of this service's keys."
