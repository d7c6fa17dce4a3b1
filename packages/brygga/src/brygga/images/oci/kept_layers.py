"""Layers that were made here: what became of each, and its archive until a registry has it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from brygga.images.oci.documents import Descriptor
from brygga.images.oci.layer import Layer, write_layer
from brygga.images.recipe import LayerRecipe
from brygga.operations import Progress
from brygga.store.filelock import FileLock
from brygga.store.files import replacing, scratch_folder, write_json

_LONGEST_S = 3600.0


class KeptLayers:
    """`$BRYGGA_HOME/images/oci`: a note of a few bytes for each, and archives not sent yet."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "images" / "oci"

    def known(self, recipe: LayerRecipe) -> Layer | None:
        """What was made of it once; its archive may be gone."""
        try:
            data = json.loads(self._note(recipe).read_text(encoding="utf-8"))
            return Layer(str(data["diff_id"]), Descriptor(**data["blob"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def made(self, recipe: LayerRecipe, progress: Progress) -> tuple[Layer, Path]:
        """The layer and its archive; made where that is not here. Others who want it wait."""
        with self._alone(recipe):
            layer, archive = self.known(recipe), self._archive(recipe)
            if layer is not None and _size(archive) == layer.blob.size:
                return layer, archive
            with scratch_folder() as folder:
                trees = recipe.write(folder, progress)
                with replacing(archive, durable=False) as file:
                    layer = write_layer(trees, file, compress=True)
            write_json(self._note(recipe), asdict(layer))
            return layer, archive

    def sent(self, recipe: LayerRecipe) -> None:
        """A registry has it: its archive is not needed any more."""
        with contextlib.suppress(OSError):
            self._archive(recipe).unlink(missing_ok=True)

    @contextmanager
    def _alone(self, recipe: LayerRecipe) -> Iterator[None]:
        name = f"image-{recipe.kind}-{recipe.key}"
        lock = FileLock(
            self._home / "locks" / f"{name}.lock", purpose=f"making {recipe.change.text}"
        )
        with lock.acquired(_LONGEST_S):
            yield

    def _note(self, recipe: LayerRecipe) -> Path:
        return self._folder / f"{recipe.kind}-{recipe.key}.json"

    def _archive(self, recipe: LayerRecipe) -> Path:
        return self._folder / f"{recipe.kind}-{recipe.key}.tar.gz"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
