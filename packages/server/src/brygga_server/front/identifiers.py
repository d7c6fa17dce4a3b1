"""Request ids: which are taken over from the client, which are made, which are sent back."""

from __future__ import annotations

import os

from brygga_server.front.exchange import Exchange

LONGEST = 100
_REQUEST_TOO_LONG = "x-request-id must not exceed 100 characters"
_CLIENT_TOO_LONG = "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"


class Identifiers:
    """Makes random UUIDs; asks the kernel for randomness once for many of them."""

    def __init__(self) -> None:
        self._pool = ""
        self._at = 0

    def new(self) -> str:
        """A version 4 UUID."""
        if self._at >= len(self._pool):
            self._pool = os.urandom(4096).hex()
            self._at = 0
        h = self._pool[self._at : self._at + 32]
        self._at += 32
        variant = "89ab"[int(h[16], 16) & 3]
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{variant}{h[17:20]}-{h[20:]}"

    def assign(
        self, exchange: Exchange, request: str | None, ms_request: str, client: str
    ) -> str | None:
        """Settles the ids of an exchange by v1's matrix.

        Args:
            request: `x-request-id`; None where it was not sent, while one that is empty stays so.
            ms_request: `x-ms-request-id`.
            client: `x-ms-client-request-id`.

        Returns:
            Why the ids cannot be taken (431), or None.
        """
        if request is None:
            request = self.new()
        if len(request) > LONGEST:
            return _REQUEST_TOO_LONG
        exchange.request_id = request
        if len(ms_request) > LONGEST or len(client) > LONGEST:
            return _CLIENT_TOO_LONG
        exchange.ms_request_id = ms_request or client or request
        exchange.client_request_id = client or ms_request
        return None
