"""What a check of `brygga doctor` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from brygga.cli.session import Session
from brygga.hints import Hint


@dataclass(frozen=True)
class Finding:
    """What one check has found.

    Attributes:
        fix: What mends it; empty where all is well.
    """

    name: str
    level: Literal["ok", "warning", "failure"]
    message: str
    fix: Hint = field(default_factory=Hint)


Check = Callable[[Session], Iterator[Finding]]
