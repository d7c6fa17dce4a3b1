"""Ids for requests that bring none."""

from __future__ import annotations

import os

_OWN = 20  # hexadecimal digits of an id that no other shares


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
