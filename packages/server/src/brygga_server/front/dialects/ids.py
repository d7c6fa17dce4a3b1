"""Request ids as v1 has them: which are taken over from the client, and which are sent back."""

from __future__ import annotations

from collections.abc import Mapping

from brygga_server.front.answer import Field
from brygga_server.front.identifiers import Identifiers
from brygga_server.front.request import ClientRequest

HEADERS = frozenset((b"x-request-id", b"x-ms-request-id", b"x-ms-client-request-id", b"traceid"))
LONGEST = 100
_REQUEST_TOO_LONG = "x-request-id must not exceed 100 characters"
_CLIENT_TOO_LONG = "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"


def settle(
    request: ClientRequest, said: Mapping[bytes, bytes], identifiers: Identifiers
) -> tuple[tuple[Field, ...], str]:
    """Settles the ids of a request that says this of them, by v1's matrix.

    An `x-request-id` that is sent empty stays so; where it is not sent, one is made.

    Returns:
        What its answer says of them, and why they cannot be taken; empty where they can.
    """
    sent = said.get(b"x-request-id")
    request_id = identifiers.new() if sent is None else sent.decode("latin-1")
    trace = said.get(b"traceid", b"").decode("latin-1")
    fields = (("TraceId", trace),) if trace else ()
    if len(request_id) > LONGEST:
        return fields, _REQUEST_TOO_LONG
    request.request_id = request_id
    if request_id:
        fields = (("x-request-id", request_id), *fields)
    ms_request = said.get(b"x-ms-request-id", b"").decode("latin-1")
    client = said.get(b"x-ms-client-request-id", b"").decode("latin-1")
    if len(ms_request) > LONGEST or len(client) > LONGEST:
        return fields, _CLIENT_TOO_LONG
    if client or ms_request:
        fields = (("x-ms-client-request-id", client or ms_request), *fields)
    if ms_request or client or request_id:
        fields = (("x-ms-request-id", ms_request or client or request_id), *fields)
    return fields, ""
