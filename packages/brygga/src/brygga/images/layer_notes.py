"""Which layers this home has built or used, so that they can be found when nothing needs them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from brygga.store.files import write_json

_NEW_S = 60.0
"""What was used so lately may be in a build whose rows were deleted meanwhile.

A row that names a bundle is there before its first layer is built: what no row names is nobody's.
"""


@dataclass(frozen=True)
class LayerNote:
    """A layer.

    Attributes:
        kind: What it is there for: a `bundle`, a `lock` or a `server`.
        digest: Of that.
        height: Above the base image; those above hold those below.
    """

    reference: str
    kind: str
    digest: str
    height: int


class LayerNotes:
    """`$BRYGGA_HOME/images/layers`: a small file for each."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "images" / "layers"

    def add(self, note: LayerNote) -> None:
        """Notes a layer, or that it was used again."""
        write_json(self._path(note.reference), asdict(note))

    def all(self) -> Iterator[LayerNote]:
        """Those that were not used just now."""
        for path in sorted(self._folder.glob("*.json")):
            if time.time() - path.stat().st_mtime > _NEW_S:
                yield LayerNote(**json.loads(path.read_text(encoding="utf-8")))

    def forget(self, reference: str) -> None:
        """It is gone; idempotent."""
        self._path(reference).unlink(missing_ok=True)

    def _path(self, reference: str) -> Path:
        name = reference.rpartition("/")[2].replace(":", "-")
        return self._folder / f"{name}.json"
