"""A registered image."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brygga.arguments import checked
from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError, InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.images.builder import BuiltImage
from brygga.images.bundle import Bundle
from brygga.markup import glance
from brygga.names import check_pairs
from brygga.operations import OperationKind, Phase, ProgressLike
from brygga.store.files import make_folder
from brygga.store.rows import ImageRow

if TYPE_CHECKING:
    from brygga.images.collection import ImageCollection

_POLL_S = 0.05


class ImageState(StrEnum):
    """How far an image is, by the names of Azure ML SDK v1."""

    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@checked
class Image:
    """A version of an image: environment, models and code under one digest.

    Its bundle never changes. Where no container engine answers, the bundle is all there is of it,
    and targets that need no image serve it.
    """

    def __init__(self, row: ImageRow, collection: ImageCollection) -> None:
        self._row = row
        self._collection = collection
        self.bundle = Bundle.from_dict(row.bundle)

    def __repr__(self) -> str:
        try:
            state = self.creation_state.value
        except Exception as error:  # noqa: BLE001 - a repr is shown where something broke already
            state = type(error).__name__
        return f"Image({self.id!r}, state={state!r})"

    def _repr_html_(self) -> str:
        return glance(f"Image {self.id}", self._facts)

    def _facts(self) -> dict[str, object]:
        size = self.size
        return {
            "state": self.creation_state.value,
            "error": self.error,
            "location": self.location,
            "size": None if size is None else f"{size:,} bytes",
            "models": self.models,
            "entry script": self.bundle.entry_script,
            "python": self.bundle.python,
            "tags": self.tags,
            "properties": self.properties,
            "description": self.description,
            "registered": self.created_at,
            "by": self.created_by,
            "digest": self.digest,
        }

    @property
    def name(self) -> str:
        """What it is registered under."""
        return self._row.name

    @property
    def version(self) -> int:
        """From 1, counted for each name."""
        return self._row.version

    @property
    def id(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    @property
    def digest(self) -> str:
        """Of the bundle: of everything that decides what it does."""
        return self._row.bundle_digest

    @property
    def variables(self) -> Mapping[str, str]:
        """Those of the environment that it was made from; a service of it has them."""
        found: Mapping[str, str] = self._row.bundle.get("variables", {})
        return found

    @property
    def models(self) -> tuple[str, ...]:
        """The models in it, as `name:version`."""
        return tuple(f"{name}:{version}" for name, version in self._row.models)

    @property
    def tags(self) -> Mapping[str, str]:
        """Names and values, to be changed at will."""
        return dict(self._row.tags)

    @property
    def properties(self) -> Mapping[str, str]:
        """Names and values that stay as they are."""
        return dict(self._row.properties)

    @property
    def description(self) -> str:
        """In somebody's own words."""
        return self._row.description

    @property
    def created_at(self) -> datetime:
        """When it was registered (UTC)."""
        return self._row.created_at

    @property
    def created_by(self) -> str | None:
        """The login name of who registered it; None where it was not noted."""
        return self._row.created_by

    @property
    def creation_state(self) -> ImageState:
        """Whether it is being made, is there, or cannot be made."""
        if self._collection.builds.running(self.bundle):
            return ImageState.RUNNING
        outcome = self._collection.builds.outcome(self.bundle)
        return ImageState.SUCCEEDED if outcome and not outcome.error else ImageState.FAILED

    @property
    def error(self) -> str:
        """Why it cannot be made; empty where nothing is wrong."""
        if self._collection.builds.running(self.bundle):
            return ""
        outcome = self._collection.builds.outcome(self.bundle)
        if outcome is None:
            return "Its build was interrupted; wait_for_creation() goes on with it."
        return outcome.error

    @property
    def location(self) -> str | None:
        """Reference of the image in the container engine; None where there is no image."""
        built = self._built
        return None if built is None else built.reference

    @property
    def size(self) -> int | None:
        """In bytes, all layers together; None where there is no image."""
        built = self._built
        return None if built is None else built.size

    @property
    def digests(self) -> Mapping[str, Any]:
        """What is inside, by digest: models, code, lock, server, and the images below."""
        bundle, built = self.bundle, self._built
        return {
            "bundle": bundle.digest,
            "lock": bundle.lock,
            "server": bundle.server,
            "models": {f"{m.name}:{m.version}": m.sha256 for m in bundle.models},
            "code": {file.path: file.sha256 for file in bundle.code},
            "image": None if built is None else built.id,
            "layers": {} if built is None else dict(built.layers),
        }

    def build_log(self) -> str:
        """The log of its last build on this machine."""
        return "\n".join(self._collection.builds.log(self.bundle))

    def wait_for_creation(
        self, *, show_output: bool = False, timeout_s: float | None = None
    ) -> None:
        """Blocks until it is there; a build that was interrupted is begun anew.

        Args:
            show_output: Print the build's log as it is written.
            timeout_s: Give up after so many seconds; the build goes on.

        Raises:
            ImageBuildError: it cannot be made, or `timeout_s` went by.
        """
        builds = self._collection.builds
        if not builds.running(self.bundle) and builds.outcome(self.bundle) is None:
            with self._collection.operation(OperationKind.BUILD, self.id) as operation:
                builds.start(self.bundle, operation)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for line in _until(deadline, builds.log(self.bundle, follow=True), self):
            if show_output:
                print(line, flush=True)  # noqa: T201 - what show_output asks for
        outcome = builds.outcome(self.bundle)
        if outcome is not None and outcome.error:
            raise ImageBuildError(
                self.id,
                outcome.error,
                builds.last_lines(self.bundle),
                code=outcome.code,
                hint=outcome.hint,
            )

    def write_context(self, folder: str | Path, *, progress: ProgressLike = None) -> Path:
        """Writes everything the image is built from into an empty folder; returns the folder.

        `docker build` or `podman build` makes the image of it elsewhere; packages are in it.

        Raises:
            InvalidInputError: the folder has something in it.
            ImageBuildError: the packages cannot be had for the base image.
        """
        target = Path(folder)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise InvalidInputError(
                f"{target} is there already and not empty.",
                code=ErrorCode.FOLDER_NOT_EMPTY,
                hint="Name a folder that is not.",
            )
        make_folder(target, mode=None)
        with self._collection.operation(OperationKind.EXPORT, self.id, progress) as operation:
            self._collection.builds.write_context(self.bundle, target, operation)
        return target

    def save(self, file: str | Path, *, progress: ProgressLike = None) -> Path:
        """Writes the image as one archive; `docker load` or `podman load` take it anywhere.

        It runs there without Brygga and without a network.

        Raises:
            ImageBuildError: there is no image, or it cannot be made.
        """
        path = Path(file)
        built = self._require_built()
        with self._collection.operation(OperationKind.EXPORT, self.id, progress) as operation:
            operation.phase(Phase.WRITING, f"Writing {path}")
            self._collection.builds.save(built, path)
        return path

    def push(self, reference: str, *, progress: ProgressLike = None) -> str:
        """Sends the image to a registry under a name; returns its digest there.

        Raises:
            ImageBuildError: there is no image, or the registry refuses it.
        """
        built = self._require_built()
        with self._collection.operation(OperationKind.PUSH, self.id, progress) as operation:
            return self._collection.builds.push(built, reference, operation)

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        self._change_tags({**self._row.tags, **check_pairs("tag", tags)})

    def remove_tags(self, names: list[str]) -> None:
        """Removes tags; names that are not there are left alone."""
        self._change_tags({k: v for k, v in self._row.tags.items() if k not in names})

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties.

        Raises:
            InvalidInputError: one is there with another value.
        """
        checked = check_pairs("property", properties)
        self._row = self._collection.add_properties(self._row, checked)

    def delete(self) -> None:
        """Removes it, and its image from the engine; idempotent.

        Raises:
            InUseError: kept revisions of services use it.
        """
        self._collection.delete(self)

    def _require_built(self) -> BuiltImage:
        self.wait_for_creation()
        built = self._built
        if built is None:
            # It was recorded where no engine answered; perhaps one does now.
            with self._collection.operation(OperationKind.BUILD, self.id) as operation:
                self._collection.builds.start(self.bundle, operation)
            self.wait_for_creation()
            built = self._built
        if built is None:
            raise ImageBuildError(
                self.id,
                "no container engine answers",
                code=ErrorCode.ENGINE_UNAVAILABLE,
                hint=Hint.of(
                    "Its build log says what was tried: {}.",
                    Action(Verb.BUILD_LOG, {"name": self.id}),
                ),
            )
        return built

    def _change_tags(self, tags: Mapping[str, str]) -> None:
        self._row = self._collection.replace_tags(self._row, tags)

    @property
    def _built(self) -> BuiltImage | None:
        outcome = self._collection.builds.outcome(self.bundle)
        return None if outcome is None else outcome.built


def _until(deadline: float | None, lines: Iterator[str], image: Image) -> Iterator[str]:
    """The lines, as long as there is time."""
    if deadline is None:
        yield from lines
        return
    while image.creation_state is ImageState.RUNNING:
        if time.monotonic() > deadline:
            raise ImageBuildError(
                image.id,
                "it was not done in time",
                code=ErrorCode.IMAGE_TIMEOUT,
                hint="It goes on; wait for it again.",
            )
        time.sleep(_POLL_S)
    yield from lines
