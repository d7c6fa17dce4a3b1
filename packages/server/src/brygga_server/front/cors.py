"""Which origins' pages may read answers: the headers of cross-origin resource sharing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from brygga_server.settings import ServerSettings, SettingsError

if TYPE_CHECKING:
    from brygga_server.front.exchange import Exchange

_METHODS = "GET, POST"
_PATTERN = re.compile(r"[*\\\]?$^\[()]")
_ASKED_METHOD = b"access-control-request-method"
_ASKED_HEADERS = b"access-control-request-headers"


class Cors:
    """The rules of one list of origins.

    As in v1, an origin with a character that only patterns have is a pattern, compared from its
    start, and whoever sends no `Origin` is told the first that is allowed.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        """Reads the origins; a lone `*` allows all.

        Raises:
            ValueError: A pattern is not a regular expression.
        """
        self._all = "*" in origins
        literal = sorted(o for o in origins if not _PATTERN.search(o))
        self._first = literal[0] if literal else ""
        self._known = {origin.casefold() for origin in literal}
        self._patterns = [_compiled(".*" if o == "*" else o) for o in origins if _PATTERN.search(o)]
        self._varies = len(origins) > 1 or bool(self._patterns)

    @classmethod
    def of(cls, settings: ServerSettings) -> Self | None:
        """The rules that settings ask for; None where they name no origins.

        Raises:
            SettingsError: A pattern is not a regular expression.
        """
        origins = [part.strip() for part in settings.cors_origins.split(",") if part.strip()]
        try:
            return cls(origins) if origins else None
        except ValueError as error:
            raise SettingsError(f"cors_origins cannot be used: {error}.") from error

    def headers(self, exchange: Exchange) -> str:
        """The headers for one answer, each line with its end."""
        origin = exchange.origin.decode("latin-1")
        if origin:
            if not self._allows(origin):
                return ""
            allowed = origin
        else:
            allowed = "*" if self._all else self._first
        if not allowed:
            return ""
        lines = [f"Access-Control-Allow-Origin: {allowed}\r\n"]
        if exchange.method == b"OPTIONS":
            lines += _preflight(exchange)
        if self._varies and allowed != "*":
            # A cache between must not hand one page's answer to another.
            lines.append("Vary: Origin\r\n")
        return "".join(lines)

    def _allows(self, origin: str) -> bool:
        if origin.casefold() in self._known:
            return True
        return any(pattern.match(origin) for pattern in self._patterns)


def _preflight(exchange: Exchange) -> list[str]:
    """What a browser asks before it sends a request."""
    asked = {name.lower(): value for name, value in exchange.headers}
    if asked.get(_ASKED_METHOD, b"").upper() not in (b"GET", b"POST"):
        return []
    lines = [f"Access-Control-Allow-Methods: {_METHODS}\r\n"]
    wanted = asked.get(_ASKED_HEADERS, b"").decode("latin-1")
    if wanted:
        names = ", ".join(sorted(name.strip() for name in wanted.split(",")))
        lines.insert(0, f"Access-Control-Allow-Headers: {names}\r\n")
    return lines


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"the origin {pattern!r} is not a pattern: {error}") from error
