"""Something that is wrong: its cause, its place, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from brygga.findings.cause import CAUSES, Cause, MachineCause
from brygga.hints import Hint
from brygga.spellings import Language, words


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        cause: One of a closed set.
        message: What it is in this case, one line.
        file: The user's file it points at, and its `line` and `column` (from 1).
    """

    cause: Cause | MachineCause
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def sentence(self) -> str:
        """The message with the place it points at."""
        if self.file is None:
            return self.message
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return f"{self.message} ({place})"

    @property
    def advice(self) -> Hint:
        """What to do about it, as data."""
        return CAUSES[self.cause].advice()

    @property
    def fix(self) -> str:
        """What to do about it, with calls of the SDK."""
        return words(self.advice, Language.PYTHON)


@dataclass(frozen=True)
class MachineFinding(Finding):
    """Something that is wrong with a machine or a home.

    Attributes:
        remedy: What to do in this very case; empty: what the cause says.
    """

    remedy: Hint = field(default_factory=Hint)

    @property
    def advice(self) -> Hint:
        """What to do about it, as data."""
        return self.remedy or super().advice
