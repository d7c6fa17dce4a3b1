"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Called with one short line at the start of each phase."""


def silent(line: str) -> None:
    """Tells nobody."""
    del line
