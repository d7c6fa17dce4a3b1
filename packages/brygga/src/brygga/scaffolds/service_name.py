"""The name of a service, from that of its folder."""

from __future__ import annotations

import re
import unicodedata

from brygga.errors import InvalidNameError
from brygga.names import check_service_name

_LONGEST = 32
_WORD = "service"


def service_name(folder: str) -> str:
    """The folder's own name where a service can have it, else the nearest that it can have."""
    try:
        return check_service_name(folder)
    except InvalidNameError:
        return check_service_name(_nearest(folder))


def _nearest(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not words[:1].isalpha():
        words = f"{_WORD}-{words}".strip("-")
    if len(words) < 3:
        words = f"{words}-{_WORD}"
    return words[:_LONGEST].rstrip("-")
