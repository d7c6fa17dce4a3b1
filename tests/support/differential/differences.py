"""The listed differences: which cells may differ from the original server, in what, and why."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("differences.toml")


@dataclass(frozen=True)
class Difference:
    """One row of the table."""

    cells: str  # what their names match, as a regular expression
    parts: frozenset[str]  # `status`, `body` and headers that may differ
    what: str
    theirs: str
    ours: str
    reason: str

    def covers(self, cell: str, parts: set[str]) -> bool:
        """Whether this row lists that difference, all of it."""
        return parts <= self.parts and re.fullmatch(self.cells, cell) is not None


def load() -> list[Difference]:
    """The rows of the table."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["difference"]
    return [Difference(**{**row, "parts": frozenset(row["parts"])}) for row in rows]
