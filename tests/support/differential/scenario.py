"""A server set up in one way, and the requests it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from support.differential.servers import Setup
from support.differential.wire import Headers, Request

JSON: Headers = (("Content-Type", "application/json"),)
SWAGGER_VERSIONS = ("", "?version=", *(f"?version={v}" for v in (
    "2", "2.0", "3", "3.0", "3.1", "3.0.3", "9", "two", "2&version=3", "%32", "-1",
)))  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """Cells by name; a cell's full name is `scenario: cell`."""

    name: str
    setup: Setup
    cells: dict[str, Request]

    def __post_init__(self) -> None:
        assert not any(":" in name for name in (self.name,))


def post(body: bytes | str, headers: Headers = JSON, target: str = "/score") -> Request:
    """A POST with a body."""
    return Request("POST", target, headers, body.encode() if isinstance(body, str) else body)


def swagger_cells() -> dict[str, Request]:
    """The API document in every version, and in some that are none."""
    return {
        f"GET /swagger.json{query}": Request("GET", f"/swagger.json{query}")
        for query in SWAGGER_VERSIONS
    }


def cors_cells(origins: tuple[str, ...]) -> dict[str, Request]:
    """What browsers send, from listed origins and others."""
    cells = {}
    asks: dict[str, Headers] = {
        "": (),
        " asks for POST": (("Access-Control-Request-Method", "POST"),),
        " asks for headers": (
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "x-token, content-type"),
        ),
    }
    for origin in (None, *origins, "http://other.org", "null"):
        sent: Headers = (("Origin", origin),) if origin else ()
        for asked, more in asks.items():
            for method in ("GET", "POST", "OPTIONS", "HEAD", "PUT"):
                for target in ("/score", "/", "/swagger.json", "/nowhere"):
                    name = f"CORS {method} {target} from {origin or 'nowhere'}{asked}"
                    body = b'{"do": "list"}' if method in ("POST", "PUT") else None
                    cells[name] = Request(method, target, sent + more, body)
    return cells
