"""What a look at one thing has shown: that all is well, or a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
        mend: Does what can be done about it without asking, and says what that was.
        workspace: Whose it is, where that is not the one that was asked about.
    """

    name: str
    level: Level
    message: str
    finding: Finding | None = None
    mend: Callable[[], str] | None = field(default=None, compare=False)
    workspace: str | None = None

    @classmethod
    def ok(cls, name: str, message: str, *, mend: Callable[[], str] | None = None) -> CheckResult:
        """All is well."""
        return cls(name, "ok", message, mend=mend)

    @classmethod
    def of(
        cls,
        name: str,
        level: Level,
        finding: Finding,
        *,
        mend: Callable[[], str] | None = None,
    ) -> CheckResult:
        """Something is wrong."""
        return cls(name, level, finding.sentence, finding, mend)

    @property
    def advice(self) -> Hint:
        """What mends it; empty where all is well."""
        return Hint() if self.finding is None else self.finding.advice
