"""What a check of `brygga doctor` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from brygga.cli.session import Session


@dataclass(frozen=True)
class Finding:
    """What one check has found.

    Attributes:
        fix: The command or the words that mend it; empty where all is well.
    """

    name: str
    level: Literal["ok", "warning", "failure"]
    message: str
    fix: str = ""


Check = Callable[[Session], Iterator[Finding]]
