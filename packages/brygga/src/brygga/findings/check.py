"""What a look at one thing has shown: that all is well, or a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from brygga.findings.finding import Finding
from brygga.hints import Hint

Level = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class CheckResult:
    """What a look at one thing has shown.

    Attributes:
        name: What was looked at.
        level: A warning can be lived with, a failure has to be mended.
        message: One line.
        finding: None where all is well.
    """

    name: str
    level: Level
    message: str
    finding: Finding | None = None

    @classmethod
    def ok(cls, name: str, message: str) -> CheckResult:
        """All is well."""
        return cls(name, "ok", message)

    @classmethod
    def of(cls, name: str, level: Level, finding: Finding) -> CheckResult:
        """Something is wrong."""
        return cls(name, level, finding.sentence, finding)

    @property
    def advice(self) -> Hint:
        """What mends it; empty where all is well."""
        return Hint() if self.finding is None else self.finding.advice
