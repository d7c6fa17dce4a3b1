"""What run() raised with one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from brygga.markup import Preformatted, card


@dataclass(frozen=True)
class RunFailure:
    """In the words of the worker that ran it.

    Attributes:
        error: Type and message of what was raised.
        file: Of the user's code, and the line in it; None where none of it was reached.
        traceback: With the user's own lines; may be empty.
    """

    error: str
    file: str | None = None
    line: int | None = None
    traceback: str = ""

    def _repr_html_(self) -> str:
        return card(
            "run() raised", {"error": self.sentence, "traceback": Preformatted(self.traceback)}
        )

    @property
    def sentence(self) -> str:
        """The error, and where it was raised."""
        return self.error if self.file is None else f"{self.error} ({self.file}:{self.line})"

    @classmethod
    def read(cls, told: object) -> Self | None:
        """From what a front tells; None where it tells nothing."""
        if not isinstance(told, Mapping) or not told.get("error"):
            return None
        file, line = told.get("file"), told.get("line")
        return cls(
            error=str(told["error"]),
            file=str(file) if file else None,
            line=line if isinstance(line, int) else None,
            traceback=str(told.get("traceback") or ""),
        )
