"""Layers that were written here, put on images that an engine has."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brygga.errors import ImageBuildError
from brygga.images.engine import Engine, EngineImage
from brygga.images.oci.archive import image_archive
from brygga.images.oci.documents import ConfigChange
from brygga.store.files import scratch_folder


@dataclass(frozen=True)
class NewLayer:
    """A layer, and what it changes.

    Attributes:
        archive: A file with it, not packed.
        diff_id: Its digest.
    """

    archive: Path
    diff_id: str
    change: ConfigChange


def load_layer(engine: Engine, below: str, reference: str, layer: NewLayer) -> EngineImage:
    """Puts a layer on an image of an engine, and tags what comes out.

    What is below is not sent, unless the engine turns out not to find it by its digests.

    Args:
        below: Reference of that image.

    Raises:
        ImageBuildError: the engine does not have it any more, or does not take the layer.
    """
    image = engine.find_image(below)
    if image is None:
        raise ImageBuildError(reference, f"the engine does not have {below} any more")
    config = image.config.with_layer(layer.diff_id, layer.change)
    known = [None] * len(image.config.diff_ids)
    try:
        return engine.load(image_archive(reference, config, [*known, layer.archive]), reference)
    except ImageBuildError:
        with scratch_folder() as folder:
            layers = [*_layers_of(engine, below, folder), layer.archive]
            whole = image_archive(reference, config, layers, docker_only=True)
            return engine.load(whole, reference)


def _layers_of(engine: Engine, reference: str, folder: Path) -> Sequence[Path]:
    """Files with the layers of an image, from the bottom up."""
    saved = folder / "saved.tar"
    engine.save(reference, saved)
    with tarfile.open(saved) as archive:
        archive.extractall(folder, filter="data")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [(folder / name).resolve() for name in manifest[0]["Layers"]]
