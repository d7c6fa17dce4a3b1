"""The log of a run, shown while it grows."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brygga.runs import Run


class LogTail:
    """Prints what was added since it last did."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def show(self) -> None:
        """Prints it; a letter that is half written waits for its other half."""
        added = self._run.log_since(self._position)
        self._position += len(added)
        print(self._decoder.decode(added), end="", flush=True)
