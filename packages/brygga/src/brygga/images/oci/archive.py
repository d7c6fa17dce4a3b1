"""An image as one archive that engines load: just its new layers, or all of them."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from brygga.images.oci.documents import (
    CONFIG,
    INDEX,
    MANIFEST,
    TAR,
    Descriptor,
    ImageConfig,
    ImageManifest,
    canonical,
    digest_of,
)

_PIECE = 1 << 20


def image_archive(
    reference: str, config: ImageConfig, layers: Sequence[Path | None], *, docker_only: bool = False
) -> Iterator[bytes]:
    """The archive piece by piece, as `docker save` writes it and as the image specification has it.

    Args:
        reference: Name and tag that it gets.
        layers: The unpacked archive of each layer; None for one that the engine has.
        docker_only: Without what the image specification wants, for layers that are no plain
            archives: what they are is then found out by who reads it.
    """
    names = [f"blobs/sha256/{diff_id.partition(':')[2]}" for diff_id in config.diff_ids]
    sizes = [0 if layer is None else layer.stat().st_size for layer in layers]
    described = [
        Descriptor(TAR, diff_id, size) for diff_id, size in zip(config.diff_ids, sizes, strict=True)
    ]
    manifest = ImageManifest(Descriptor.of(CONFIG, config.content), tuple(described)).content
    config_name = f"blobs/sha256/{digest_of(config.content).partition(':')[2]}"
    for_docker = [{"Config": config_name, "RepoTags": [reference], "Layers": names}]
    yield from _file("manifest.json", canonical(for_docker))
    yield from _file(config_name, config.content)
    if not docker_only:
        entry = {
            **Descriptor.of(MANIFEST, manifest).to_dict(),
            "annotations": {
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": reference,
            },
        }
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
        yield from _file("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        yield from _file("index.json", canonical(index))
        yield from _file(f"blobs/sha256/{digest_of(manifest).partition(':')[2]}", manifest)
    for name, layer, size in dict.fromkeys(zip(names, layers, sizes, strict=True)):
        if layer is not None:
            yield _head(name, size)
            with layer.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
            yield bytes(-size % tarfile.BLOCKSIZE)
    yield bytes(tarfile.BLOCKSIZE * 2)


def _file(name: str, content: bytes) -> Iterator[bytes]:
    yield _head(name, len(content))
    yield content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _head(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.PAX_FORMAT)
