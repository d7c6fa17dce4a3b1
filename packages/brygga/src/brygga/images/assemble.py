"""From what a user names to a bundle, its code kept in the blob store."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brygga.environments import Environment
from brygga.environments.lock import Lock
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images.base import BaseOptions
from brygga.images.bundle import Bundle, BundledFile, BundledModel
from brygga.images.code import collect_code
from brygga.models import Model, ModelCollection
from brygga.models.intake import take_in
from brygga.models.pickles import Pickled
from brygga.names import check_model_name
from brygga.operations import Progress
from brygga.store.blobs import BlobStore
from brygga.store.rows import ModelFile

UNREGISTERED = 0
"""The version of a model that is in no registry."""


@dataclass(frozen=True)
class Ingredients:
    """What a user wants served.

    Attributes:
        models: Registered models, or references as `name` (the latest) or `name:version`; or a
            `Path` of a file or folder that is not registered, which goes in as version 0.
        environment: None: what the script imports and its models need, at the versions installed
            here.
        base: None where no image will be made.
        dependencies: More files and folders, each at its relative path beside the script.
        folder: Where the relative paths of code start.
    """

    entry_script: str | Path
    source_directory: str | Path | None = None
    models: Sequence[Model | str | Path] = ()
    environment: Environment | None = None
    base: BaseOptions | None = None
    dependencies: Sequence[str | Path] = ()
    folder: Path = Path()


@dataclass(frozen=True)
class Assembler:
    """Makes bundles. The same ingredients give the same digest, on any machine.

    Attributes:
        resolve: From an environment to its lock.
        server: Digest of the scoring server that new bundles get.
    """

    models: ModelCollection
    blobs: BlobStore
    resolve: Callable[[Environment, Progress], Lock]
    server: Callable[[], str]

    def assemble(self, wanted: Ingredients, progress: Progress) -> Bundle:
        """Collects the code, locks the environment and names the whole.

        Raises:
            InvalidInputError: something that cannot be served; nothing was changed.
            PackagingError: the environment cannot be locked.
        """
        models = self._all_bundled(wanted.models)
        pickled = self.models.pickled(wanted.models)
        code = collect_code(
            wanted.entry_script,
            wanted.source_directory,
            dependencies=wanted.dependencies,
            folder=wanted.folder,
            modules=[module for each in pickled for module in each.modules],
        )
        environment = wanted.environment or _imported(wanted, pickled)
        lock = self.resolve(environment, progress)
        return Bundle(
            entry_script=code.entry_script,
            source_directory=code.source_directory,
            models=models,
            code=tuple(self._kept(place, path) for place, path in code.files),
            lock=lock.digest,
            python=lock.python,
            platform=lock.platform,
            server=self.server(),
            base=None
            if wanted.base is None
            else wanted.base.chosen(
                lock.python, environment.image, self._kept, alone=not lock.packages
            ),
        )

    def changed(
        self,
        present: Bundle,
        progress: Progress,
        *,
        models: Sequence[Model | str | Path] | None,
        environment: Environment | None,
        base: BaseOptions | None,
    ) -> Bundle:
        """A bundle with the code of another, and other models or packages; None keeps them.

        Args:
            base: What an image with other packages is built on; None where none will be made.

        Raises:
            InvalidInputError: a model that cannot be served.
            PackagingError: the environment cannot be locked.
        """
        if models is not None:
            present = replace(present, models=self._all_bundled(models))
        if environment is None:
            return present
        lock = self.resolve(environment, progress)
        made = replace(present, lock=lock.digest, python=lock.python, platform=lock.platform)
        if base is None:
            return made
        alone = not lock.packages
        chosen = base.chosen(lock.python, environment.image, self._kept, alone=alone)
        return replace(made, base=chosen)

    def _all_bundled(self, models: Sequence[Model | str | Path]) -> tuple[BundledModel, ...]:
        found = tuple(self._bundled(model) for model in models)
        _require_distinct(found)
        return found

    def _bundled(self, given: Model | str | Path) -> BundledModel:
        if isinstance(given, Path):
            name = check_model_name(given.resolve().name)
            taken = take_in(given, self.blobs)
            return BundledModel(name, UNREGISTERED, taken.sha256, _files(taken.files))
        model = given if isinstance(given, Model) else self.models.get(given)
        return BundledModel(model.name, model.version, model.sha256, _files(model.files))

    def _kept(self, place: str, path: Path) -> BundledFile:
        blob = self.blobs.put_file(path)
        return BundledFile(place, blob.sha256, blob.size, os.access(path, os.X_OK))


def _imported(wanted: Ingredients, pickled: Sequence[Pickled]) -> Environment:
    """What the script imports and its models need, at the versions installed here."""
    source, script = wanted.source_directory, wanted.entry_script
    if source is None:
        return Environment.from_script(wanted.folder / script, models=pickled)
    return Environment.from_script(script, wanted.folder / source, models=pickled)


def _files(files: Sequence[ModelFile]) -> tuple[BundledFile, ...]:
    return tuple(BundledFile(f.path, f.sha256, f.size, f.executable) for f in files)


def _require_distinct(models: Sequence[BundledModel]) -> None:
    seen: set[str] = set()
    for model in models:
        name = f"{model.name}:{model.version}"
        if name in seen:
            raise InvalidInputError(
                f"The model {name} is given twice.",
                code=ErrorCode.MODEL_GIVEN_TWICE,
                hint="Give it once.",
            )
        seen.add(name)
