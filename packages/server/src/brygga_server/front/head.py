"""What HTTP itself says in the head of a request: framing, version, host and target."""

from __future__ import annotations

import httptools

from brygga_server.front.exchange import Exchange
from brygga_server.front.outcomes import Refusal

CHUNKED = -1  # in the place of a body's length


class HttpExchange(Exchange):
    """An exchange whose request came over HTTP/1.1, or 1.0."""

    body_size = 0  # so far
    http10 = False
    close = False  # the connection ends after the answer
    expects_continue = False
    malformed = ""  # why its head is not one
    refusal: Refusal | None = None  # answered with this, whatever the body


def read_head(exchange: HttpExchange, url: bytes, version: str) -> tuple[int, int]:
    """Settles path, query and what the connection has to know; `exchange.malformed` says why not.

    Returns:
        The size of the head, and the length of the body or `CHUNKED`.
    """
    length, hosts, total = 0, 0, len(url)
    for name, value in exchange.headers:
        # Few names have these lengths, so that most are passed over for the price of a len().
        size = len(name)
        total += size + len(value)
        if size == 4 and name.lower() == b"host":
            hosts += 1
        elif size == 14 and name.lower() == b"content-length":
            length = int(value)
        elif size == 17 and name.lower() == b"transfer-encoding":
            if value.lower() != b"chunked" or version != "1.1":
                exchange.malformed = "Transfer-Encoding can only be chunked, in HTTP/1.1."
                return total, 0
            length = CHUNKED
        elif size == 6 and name.lower() == b"expect":
            exchange.expects_continue = value.lower() == b"100-continue" and version == "1.1"
        elif size == 12 and name.lower() == b"content-type":
            # As between a WSGI server and its application: what is repeated is a list.
            before = exchange.content_type
            exchange.content_type = before + b"," + value if before else value
        elif size == 11 and name.lower() == b"traceparent":
            before = exchange.traceparent
            exchange.traceparent = before + b"," + value if before else value
    if not length:
        exchange.expects_continue = False
    if version == "1.1" and hosts == 1 and url[:1] == b"/" and b"?" not in url and b"#" not in url:
        exchange.path = url
    else:
        exchange.http10 = version == "1.0"
        exchange.malformed = _form(exchange, url, version, hosts)
    return total, length


def _form(exchange: HttpExchange, url: bytes, version: str, hosts: int) -> str:
    if version not in ("1.1", "1.0"):
        return f"HTTP/{version} is not spoken here, HTTP/1.1 is."
    if hosts != 1 and (hosts or version == "1.1"):
        return "A request needs exactly one Host header."
    if not _split(exchange, url):
        return "The target of the request is not a path."
    return ""


def _split(exchange: HttpExchange, url: bytes) -> bool:
    if url[:1] != b"/" and url != b"*":
        try:
            parsed = httptools.parse_url(url)
        except httptools.HttpParserInvalidURLError:
            return False
        exchange.path, exchange.query = parsed.path or b"/", parsed.query or b""
        return True
    if b"#" in url:
        url = url.partition(b"#")[0]
    exchange.path, _, exchange.query = url.partition(b"?")
    return True
