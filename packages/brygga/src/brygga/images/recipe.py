"""What an image of a bundle is made of, layer by layer; whoever puts it together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from brygga.environments.lock import Lock
from brygga.environments.server import ServerRelease
from brygga.images import context, dockerfile
from brygga.images.bundle import Bundle
from brygga.images.oci.documents import ConfigChange
from brygga.images.oci.layer import Tree
from brygga.images.packages import Packages
from brygga.images.platform import BasePlatform
from brygga.operations import Progress
from brygga.store.blobs import BlobStore

LAYOUT = "6"
"""Part of every key: another one when places or content change, so that old layers are left."""


@dataclass(frozen=True)
class LayerRecipe:
    """A layer that can be made.

    Attributes:
        kind: `server`, `env`, `bytecode`, `models` or `service`.
        key: The same for the same content.
        write: Fills an empty folder; says what of it goes where in the image.
        change: What it changes of how the image is run.
    """

    kind: str
    key: str
    write: Callable[[Path, Progress], Sequence[Tree]]
    change: ConfigChange


@dataclass(frozen=True)
class Recipes:
    """From bundles to the layers of their images.

    Models and code are layers of their own, so that a changed script is kilobytes, however large
    its models are. So is the bytecode of packages: it takes longer to make than all the rest, which
    is packed and sent meanwhile.

    Attributes:
        lock: From a digest to a lock, and `server` to a server.
        workspace: Its name, for labels.
    """

    blobs: BlobStore
    lock: Callable[[str], Lock]
    server: Callable[[str], ServerRelease]
    packages: Packages
    workspace: str

    def layers(self, bundle: Bundle, base: BasePlatform) -> Sequence[LayerRecipe]:
        """From the bottom up, what is shared by most first."""
        models = [self._models(bundle)] if bundle.models else []
        return [
            self._server(bundle, base),
            self._environment(bundle, base),
            self._bytecode(bundle, base),
            *models,
            self._service(bundle),
        ]

    def _server(self, bundle: Bundle, base: BasePlatform) -> LayerRecipe:
        def write(folder: Path, progress: Progress) -> Sequence[Tree]:
            self.packages.write_server(self.server(bundle.server), folder, base, progress)
            return [Tree(folder / "server", dockerfile.SERVER)]

        key = digest("server", _of(base), bundle.server)
        return LayerRecipe("server", key, write, ConfigChange("the scoring server", user="root"))

    def _environment(self, bundle: Bundle, base: BasePlatform) -> LayerRecipe:
        def write(folder: Path, progress: Progress) -> Sequence[Tree]:
            self._write_packages(bundle, folder, base, progress, bytecode=False)
            return [Tree(folder / "env", dockerfile.ENVIRONMENT)]

        key = digest("env", _of(base), bundle.lock, str(_with_own(bundle)))
        return LayerRecipe("env", key, write, dockerfile.RUNTIME)

    def _bytecode(self, bundle: Bundle, base: BasePlatform) -> LayerRecipe:
        def write(folder: Path, progress: Progress) -> Sequence[Tree]:
            self._write_packages(bundle, folder, base, progress, bytecode=True)
            return [Tree(folder / "env", dockerfile.ENVIRONMENT, only="__pycache__")]

        key = digest("bytecode", _of(base), bundle.lock)
        return LayerRecipe("bytecode", key, write, ConfigChange("the bytecode of the packages"))

    def _write_packages(
        self,
        bundle: Bundle,
        folder: Path,
        base: BasePlatform,
        progress: Progress,
        *,
        bytecode: bool,
    ) -> None:
        own = _with_own(bundle)
        self.packages.write_environment(
            self.lock(bundle.lock), folder, base, progress, with_own=own, bytecode=bytecode
        )

    def write_whole(
        self, bundle: Bundle, base: BasePlatform, folder: Path, progress: Progress
    ) -> None:
        """Writes all of it to be copied by a Dockerfile: `server`, `env` and `files`."""
        self.packages.write_server(self.server(bundle.server), folder, base, progress)
        self._write_packages(bundle, folder, base, progress, bytecode=True)
        context.write_app(bundle, folder, self.blobs)
        context.write_config(bundle, folder)

    def _models(self, bundle: Bundle) -> LayerRecipe:
        def write(folder: Path, _progress: Progress) -> Sequence[Tree]:
            context.write_app(replace(bundle, code=()), folder, self.blobs)
            return [Tree(folder / "files", "/")]

        key = digest("models", json.dumps([asdict(model) for model in bundle.models]))
        return LayerRecipe("models", key, write, ConfigChange("the models"))

    def _service(self, bundle: Bundle) -> LayerRecipe:
        def write(folder: Path, _progress: Progress) -> Sequence[Tree]:
            context.write_app(replace(bundle, models=()), folder, self.blobs)
            context.write_config(bundle, folder)
            return [Tree(folder / "files", "/")]

        key = digest("service", bundle.digest, self.workspace)
        change = ConfigChange("the code", labels=dockerfile.labels(bundle, self.workspace))
        return LayerRecipe("service", key, write, change)


def digest(*parts: str) -> str:
    """A short name for all of them."""
    return hashlib.sha256("\0".join((LAYOUT, *parts)).encode()).hexdigest()[:20]


def _with_own(bundle: Bundle) -> bool:
    return bundle.base is not None and bundle.base.own_packages


def _of(base: BasePlatform) -> str:
    return json.dumps(asdict(base), sort_keys=True)
