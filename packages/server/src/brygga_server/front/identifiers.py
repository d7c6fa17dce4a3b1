"""Request ids: which are taken over from the client, which are made, which are sent back."""

from __future__ import annotations

import os

from brygga_server.front.exchange import Exchange

LONGEST = 100
_OWN = 20  # hexadecimal digits of an id that no other shares
_REQUEST_TOO_LONG = "x-request-id must not exceed 100 characters"
_CLIENT_TOO_LONG = "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"


class Identifiers:
    """Makes random UUIDs of version 4, for the price of two slices each.

    Those that are made from one piece of the kernel's randomness have their middle in common; 80
    bits are each one's own.
    """

    def __init__(self) -> None:
        self._pool = ""
        self._at = 0
        self._middle = ""

    def new(self) -> str:
        """A version 4 UUID."""
        at = self._at
        if at >= len(self._pool):
            self._renew()
            at = 0
        self._at = at + _OWN
        return f"{self._pool[at : at + 8]}{self._middle}{self._pool[at + 8 : at + _OWN]}"

    def _renew(self) -> None:
        self._pool = os.urandom(_OWN * 50).hex()
        h = os.urandom(5).hex()
        self._middle = f"-{h[:4]}-4{h[4:7]}-{'89ab'[int(h[7], 16) & 3]}{h[7:10]}-"

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
