"""Images of bundles in a registry, without any engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import EngineUnavailableError, ImageBuildError
from brygga.images.builder import ImageBuilder
from brygga.images.bundle import Bundle
from brygga.images.oci.address import ImageReference, RegistryAddress
from brygga.images.oci.base_lookup import platform_in
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.credentials import Credential
from brygga.images.oci.documents import CONFIG, MANIFEST, Descriptor, ImageManifest, digest_of
from brygga.images.oci.http import RegistryHttp
from brygga.images.oci.kept_layers import KeptLayers
from brygga.images.oci.layer import Layer
from brygga.images.oci.registry_base import RegistryBase
from brygga.images.oci.upload import Source, Upload
from brygga.images.recipe import LayerRecipe, Recipes
from brygga.operations import Phase, Progress
from brygga.store.files import scratch_folder


@dataclass(frozen=True)
class PublishedImage:
    """An image in a registry.

    Attributes:
        reference: `HOST/REPOSITORY@sha256:...`, which never means anything else.
        config: Digest of its configuration: what engines call its id.
        size: In bytes, as it travels, with all its layers.
        sent: Bytes of it that were sent just now.
    """

    reference: str
    config: str
    size: int
    sent: int


class ImagePublisher:
    """Puts layers together in a registry; what is there already is not sent."""

    def __init__(
        self,
        home: Path,
        recipes: Recipes,
        builder: ImageBuilder,
        credential: Callable[[str], Credential | None],
        connect: Callable[[RegistryHttp], RegistryClient] = RegistryClient,
    ) -> None:
        """Nothing is asked yet.

        Args:
            home: `$BRYGGA_HOME`.
            builder: For what a Dockerfile does, which takes an engine.
            credential: Finds what a registry is to be shown.
        """
        self._home = home
        self._recipes = recipes
        self._builder = builder
        self._credential = credential
        self._connect = connect
        self._kept = KeptLayers(home)

    def publish(
        self, bundle: Bundle, registry: RegistryAddress, repository: str, progress: Progress
    ) -> PublishedImage:
        """Has the image of a bundle in a registry; the same bundle is the same image.

        Args:
            repository: Its name below the prefix of the registry, as `NAME` or `PATH/NAME`.
            progress: Hears what is pulled, made and pushed.

        Raises:
            RegistryError: a registry refuses, breaks off, or cannot be reached.
            ImageBuildError: the image cannot be made of its base image, or not without an engine.
            PackagingError: its packages cannot be had for the base image.
        """
        base_image = bundle.base
        place = registry.repository(repository)
        if base_image is None or base_image.reference is None or base_image.steps:
            return self._built(bundle, f"{registry.host}/{place}", progress)
        reference = _in_a_registry(base_image.reference)
        client = self._client(registry)
        source = self._client(_address_of(reference, registry))
        with scratch_folder() as folder:
            progress.phase(Phase.PULLING, f"Looking at the base image {reference}")
            base = RegistryBase(source, reference, bundle.platform, folder)
            push = _Push(client, place, base, self._kept, progress)
            recipes = self._layers(bundle, base)
            known = [self._kept.known(recipe) for recipe in recipes]
            layers = [layer for layer in known if layer is not None]
            if len(layers) < len(recipes) or not push.is_there(recipes, layers):
                layers = push.send(recipes)
            config, manifest = push.documents(recipes, layers)
        digest = digest_of(manifest.content)
        size = len(manifest.content) + sum(d.size for d in (manifest.config, *manifest.layers))
        return PublishedImage(
            f"{registry.host}/{place}@{digest}", digest_of(config), size, push.sent
        )

    def _built(self, bundle: Bundle, name: str, progress: Progress) -> PublishedImage:
        """By the engine: it alone can run the steps of a Dockerfile."""
        try:
            built = self._builder.build(bundle, progress)
        except EngineUnavailableError as error:
            raise ImageBuildError(
                f"of {bundle.entry_script}",
                "the steps of its Dockerfile cannot be run without a container engine, and none "
                "answers",
                code=ErrorCode.ENGINE_UNAVAILABLE,
                hint="Build and push an image with them once, and name that as the base image.",
            ) from error
        digest = self._builder.push(built, f"{name}:{bundle.digest[:12]}", progress)
        return PublishedImage(f"{name}@{digest}", built.id, built.size, built.size)

    def _layers(self, bundle: Bundle, base: RegistryBase) -> list[LayerRecipe]:
        return list(self._recipes.layers(bundle, platform_in(self._home, base, bundle)))

    def _client(self, address: RegistryAddress) -> RegistryClient:
        return self._connect(RegistryHttp(address, self._credential))


@dataclass
class _Push:
    """One image on its way.

    Attributes:
        sent: Bytes that were sent so far.
    """

    client: RegistryClient
    repository: str
    base: RegistryBase
    kept: KeptLayers
    progress: Progress
    sent: int = 0

    def documents(
        self, recipes: list[LayerRecipe], layers: list[Layer]
    ) -> tuple[bytes, ImageManifest]:
        """Configuration and manifest of the base with these layers on it."""
        config = self.base.config
        for recipe, layer in zip(recipes, layers, strict=True):
            config = config.with_layer(layer.diff_id, recipe.change)
        own = tuple(layer.blob for layer in layers)
        described = Descriptor.of(CONFIG, config.content)
        return config.content, ImageManifest(described, (*self.base.manifest.layers, *own))

    def is_there(self, recipes: list[LayerRecipe], layers: list[Layer]) -> bool:
        """Whether the registry has just this image."""
        _, manifest = self.documents(recipes, layers)
        return self.client.has_manifest(self.repository, digest_of(manifest.content))

    def send(self, recipes: list[LayerRecipe]) -> list[Layer]:
        """Has all of it there."""
        self._copy_base()
        layers = [self._layer(recipe) for recipe in recipes]
        config, manifest = self.documents(recipes, layers)
        self._upload(manifest.config, config)
        digest = digest_of(manifest.content)
        self.client.put_manifest(self.repository, digest, MANIFEST, manifest.content)
        self.sent += len(manifest.content)
        return layers

    def _copy_base(self) -> None:
        same = self.base.client.host == self.client.host
        name, theirs = str(self.base.reference), self.base.reference.repository
        self.progress.phase(Phase.PUSHING, f"Copying the base image {name} to {self.client.host}")
        for layer in dict.fromkeys(self.base.manifest.layers):
            self._upload(layer, partial(self.base.fetch, layer), theirs if same else "")

    def _layer(self, recipe: LayerRecipe) -> Layer:
        known = self.kept.known(recipe)
        if known is not None and self.client.has_blob(self.repository, known.blob.digest):
            self.kept.sent(recipe)
            return known
        layer, archive = self.kept.made(recipe, self.progress)
        self.progress.phase(Phase.PUSHING, f"Pushing {recipe.change.text} to {self.client.host}")
        self._upload(layer.blob, lambda: archive)
        self.kept.sent(recipe)
        return layer

    def _upload(self, blob: Descriptor, source: Source, mounted_from: str = "") -> None:
        told = self._tell(blob.size)
        Upload(self.client, self.repository, blob, source, told).run(mounted_from)

    def _tell(self, total: int) -> Callable[[int], None]:
        done = 0

        def told(count: int) -> None:
            nonlocal done
            done += count
            self.sent += count
            self.progress.advance(min(done, total), total)

        return told


def _in_a_registry(name: str) -> ImageReference:
    reference = ImageReference.parse(name)
    if reference.host == "localhost":
        raise ImageBuildError(
            "on it",
            f"its base image {name} is one of the container engine here, and in no registry",
            code=ErrorCode.BASE_IMAGE_UNSUITABLE,
            hint="Push it to a registry, and name it as it is called there.",
        )
    return reference


def _address_of(reference: ImageReference, registry: RegistryAddress) -> RegistryAddress:
    """Where a base image is: its name does not say how that registry speaks."""
    if reference.host == registry.host:
        return registry
    return RegistryAddress.parse(reference.host)
