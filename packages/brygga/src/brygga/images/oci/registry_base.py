"""A base image in a registry: found for a platform, looked into, and copied to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError
from brygga.images.oci.address import ImageReference
from brygga.images.oci.client import RegistryClient, read_json
from brygga.images.oci.documents import (
    INDEXES,
    Descriptor,
    ImageConfig,
    ImageManifest,
    choose,
    platforms,
)
from brygga.images.oci.layer_files import LayerFiles
from brygga.store.files import replacing


class RegistryBase:
    """An image of a registry.

    Attributes:
        manifest: Its layers, and `config` how it is run.
    """

    def __init__(
        self, client: RegistryClient, reference: ImageReference, platform: str, folder: Path
    ) -> None:
        """Asks the registry for its documents.

        Args:
            platform: As `linux-x86_64`: which of the images to take where there are several.
            folder: For layers that have to be fetched.

        Raises:
            RegistryError: it is not there, or cannot be had.
            ImageBuildError: there is none for the platform.
        """
        self.client = client
        self.reference = reference
        self._folder = folder
        found = client.manifest(reference.repository, reference.version)
        data = read_json(found.content, client.host, f"the manifest of {reference}")
        try:
            if found.media_type in INDEXES or "manifests" in data:
                chosen = choose(data, platform)
                if chosen is None:
                    raise ImageBuildError(
                        str(reference),
                        f"there is none for {platform} in the registry, only for "
                        f"{', '.join(platforms(data)) or 'nothing'}",
                        code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                        hint="Name a base image for that kind of processor.",
                    )
                found = client.manifest(reference.repository, chosen)
                data = read_json(found.content, client.host, f"the manifest of {reference}")
            self.manifest = ImageManifest.from_dict(data)
            config = client.small_blob(reference.repository, self.manifest.config)
            self.config = ImageConfig(read_json(config, client.host, f"the config of {reference}"))
            _ = self.config.variables, self.config.diff_ids
        # Whoever pushed it has written these documents: what is in them may be of any shape.
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ImageBuildError(
                str(reference),
                f"what the registry has for it is no image ({found.media_type})",
                code=ErrorCode.BASE_IMAGE_UNSUITABLE,
                hint="Push it anew with a tool of these days, or name another base image.",
            ) from error

    @property
    def id(self) -> str:
        """Digest of its configuration: an engine that has it knows it by the same."""
        return self.manifest.config.digest

    def fetch(self, layer: Descriptor) -> Path:
        """A file with a layer; fetched once."""
        file = self._folder / layer.digest.partition(":")[2]
        if not file.exists():
            with replacing(file, durable=False) as stream:
                for piece in self.client.blob(self.reference.repository, layer):
                    stream.write(piece)
        return file

    def files(self) -> LayerFiles:
        """What is in it; all its layers are fetched for that."""
        layers = self.manifest.layers

        def place(layer: Descriptor) -> Callable[[], Path]:
            return lambda: self.fetch(layer)

        return LayerFiles([place(layer) for layer in layers])
