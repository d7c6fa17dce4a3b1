"""Which origins' pages may read answers: the headers of cross-origin resource sharing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

from brygga_server.front.answer import Field
from brygga_server.front.request import ClientRequest
from brygga_server.settings import ServerSettings, SettingsError

ALLOWED_ORIGIN = "access-control-allow-origin"
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

    def fields(self, request: ClientRequest) -> list[Field]:
        """What one answer says of it."""
        origin = request.header(b"origin")
        if origin:
            if not self._allows(origin):
                return []
            allowed = origin
        else:
            allowed = "*" if self._all else self._first
        if not allowed:
            return []
        found: list[Field] = [("Access-Control-Allow-Origin", allowed)]
        if request.method == b"OPTIONS":
            found += _preflight(request)
        if self._varies and allowed != "*":
            # A cache between must not hand one page's answer to another.
            found.append(("Vary", "Origin"))
        return found

    def _allows(self, origin: str) -> bool:
        if origin.casefold() in self._known:
            return True
        return any(pattern.match(origin) for pattern in self._patterns)


def _preflight(request: ClientRequest) -> list[Field]:
    """What a browser asks before it sends a request."""
    if request.header(_ASKED_METHOD).upper() not in ("GET", "POST"):
        return []
    wanted = request.header(_ASKED_HEADERS)
    found: list[Field] = []
    if wanted:
        names = ", ".join(sorted(name.strip() for name in wanted.split(",")))
        found.append(("Access-Control-Allow-Headers", names))
    return [*found, ("Access-Control-Allow-Methods", _METHODS)]


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"the origin {pattern!r} is not a pattern: {error}") from error
