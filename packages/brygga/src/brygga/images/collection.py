"""The images of a workspace."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from brygga.arguments import checked
from brygga.environments import Environment
from brygga.environments.image_options import ImageOptions
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.images.assemble import Assembler, Ingredients
from brygga.images.base import BaseOptions
from brygga.images.builds import Builds
from brygga.images.image import Image
from brygga.markup import ShownList
from brygga.models import Model
from brygga.names import check_image_name, check_pairs, check_text
from brygga.operations import (
    OngoingOperation,
    OperationCollection,
    OperationKind,
    ProgressLike,
    Subject,
    SubjectKind,
)
from brygga.store.image_rows import ImageRows
from brygga.store.rows import ImageFields, ImageRow


@checked
class ImageCollection:
    """Registers, builds and finds images: `workspace.images`.

    Attributes:
        assembler: Makes bundles.
        builds: Makes images of them.
        default_base: Reference of the base image where none is asked for.
    """

    def __init__(
        self,
        rows: ImageRows,
        assembler: Assembler,
        builds: Builds,
        default_base: str,
        operations: OperationCollection,
    ) -> None:
        self._rows = rows
        self.assembler = assembler
        self.builds = builds
        self.default_base = default_base
        self._operations = operations

    def create(
        self,
        name: str,
        *,
        entry_script: str | Path,
        models: Sequence[Model | str] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        base_image: str | None = None,
        dockerfile: Path | str | None = None,
        extra_steps: Path | str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str = "",
        progress: ProgressLike = None,
    ) -> Image:
        """Keeps environment, models and code as the next version of an image, and builds it.

        Returns as soon as it is registered; `wait_for_creation` waits for the build. Where no
        container engine answers the bundle is recorded all the same.

        Args:
            name: As for models.
            entry_script: Python file with `init()` and `run(data)`.
            models: Registered models, or `"name"` (the latest) or `"name:version"`.
            source_directory: Ship this folder; `entry_script` is then relative to it.
            dependencies: More files and folders, each at its relative path beside the script.
            environment: None: what the script imports and its pickled models need, at the
                versions installed here.
            base_image: Another base image than that of the environment, or the default one.
            dockerfile: Makes the base image: a `Path` of the file, or of a folder that has one with
                what it copies; or the text itself.
            extra_steps: Lines of a Dockerfile, run as root after the packages are in: a `Path`,
                or the text itself.
            properties: Like tags, but never to be changed.
            progress: Hears of each phase, the build's from another thread; see `Progress`.

        Raises:
            InvalidInputError: a value that cannot be used; nothing was changed.
            PackagingError: the environment cannot be locked; nothing was changed.
        """
        check_image_name(name)
        pairs = check_pairs("tag", tags or {}), check_pairs("property", properties or {})
        check_text("description", description)
        asked = ImageOptions.read(base_image, dockerfile, extra_steps)
        options = BaseOptions(self.default_base, asked)
        wanted = Ingredients(
            entry_script, source_directory, models, environment, options, dependencies
        )
        named = {} if environment is None else environment.variables
        variables = {"variables": dict(named)} if named else {}
        with self.operation(OperationKind.BUILD, name, progress) as operation:
            with self.assembler.blobs.keeping():
                bundle = self.assembler.assemble(wanted, operation)
                row = self._rows.add(
                    ImageFields(
                        name=name,
                        bundle={**bundle.to_dict(), **variables},
                        bundle_digest=bundle.digest,
                        models=bundle.registered,
                        tags=pairs[0],
                        properties=pairs[1],
                        description=description,
                    )
                )
            self.builds.start(bundle, operation)
        return Image(row, self)

    def get(self, name: str, version: int | None = None) -> Image:
        """An image by name (the latest version) or by name and version; also `"name:version"`.

        Raises:
            NotFoundError: there is none; names those there are.
        """
        if version is None and ":" in name:
            name, _, text = name.partition(":")
            if not text.isdecimal():
                raise InvalidInputError(
                    f"{text!r} is not a version.",
                    code=ErrorCode.REFERENCE_INVALID,
                    hint="Write name or name:version, as mnist:2.",
                )
            version = int(text)
        row = self._rows.find(name, version)
        if row is None:
            wanted = name if version is None else f"{name}:{version}"
            raise NotFoundError("image", wanted, self._known(name))
        return Image(row, self)

    def list(
        self,
        name: str | None = None,
        *,
        tags: Iterable[str] = (),
        properties: Iterable[str] = (),
        model: str | None = None,
    ) -> builtins.list[Image]:
        """The versions that fit all filters, by name and version.

        Args:
            tags: Each is `key`, or `key=value`. So too `properties`.
            model: Only those with this model, as `name` or `name:version`.
        """
        found = (
            Image(row, self)
            for row in self._rows.list(name)
            if _fit(row.tags, tags) and _fit(row.properties, properties) and _has(row, model)
        )
        return ShownList(found, _shown)

    def delete(self, image: Image) -> None:
        """Removes a version, and its image from the engine unless another version is the same.

        Raises:
            InUseError: kept revisions of services use it.
        """
        self._rows.delete(image.name, image.version)
        if not any(row.bundle_digest == image.digest for row in self._rows.list()):
            self.builds.forget(image.bundle)

    def replace_tags(self, row: ImageRow, tags: Mapping[str, str]) -> ImageRow:
        """Gives a version other tags."""
        self._rows.set_tags(row.name, row.version, tags)
        return replace(row, tags=dict(tags))

    def add_properties(self, row: ImageRow, properties: Mapping[str, str]) -> ImageRow:
        """Gives a version more properties."""
        merged = self._rows.add_properties(row.name, row.version, properties)
        return replace(row, properties=merged)

    def operation(
        self, kind: OperationKind, name: str, progress: ProgressLike = None
    ) -> OngoingOperation:
        """Begins something that is done with an image."""
        return self._operations.begin(kind, Subject(SubjectKind.IMAGE, name), progress)

    def _known(self, name: str) -> builtins.list[str]:
        rows = self._rows.list()
        versions = [f"{row.name}:{row.version}" for row in rows if row.name == name]
        return versions or sorted({row.name for row in rows})


def _shown(found: Sequence[Image]) -> Sequence[Mapping[str, object]]:
    return [
        {
            "image": each.id,
            "state": each.creation_state.value,
            "location": each.location,
            "models": each.models,
            "tags": each.tags,
            "registered": each.created_at,
        }
        for each in found
    ]


def _fit(pairs: Mapping[str, str], wanted: Iterable[str]) -> bool:
    for each in wanted:
        key, separator, value = each.partition("=")
        if key not in pairs or (separator and pairs[key] != value):
            return False
    return True


def _has(row: ImageRow, model: str | None) -> bool:
    names = {name for name, _ in row.models} | {f"{name}:{version}" for name, version in row.models}
    return model is None or model in names
