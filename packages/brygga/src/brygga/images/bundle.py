"""The deployable thing: models, code and environment, named by one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, order=True)
class BundledFile:
    """A file by its place and content.

    Attributes:
        path: Relative, with forward slashes.
        sha256: Of its content, in the workspace's blob store.
        size: In bytes.
        executable: Whether its mode lets it be run.
    """

    path: str
    sha256: str
    size: int
    executable: bool = False


@dataclass(frozen=True, order=True)
class BundledModel:
    """A registered model as it goes into a service."""

    name: str
    version: int
    sha256: str
    files: tuple[BundledFile, ...]


@dataclass(frozen=True)
class ImageBase:
    """What an image is built on, beside packages, models and code.

    Attributes:
        reference: Of the base image; None where `dockerfile` makes it.
        dockerfile: Text of the user's own Dockerfile for the base image.
        steps: Lines of a Dockerfile that run as root after the packages are in.
        files: What the user's own Dockerfile copies.
        own_packages: Whether the script uses the packages that are installed in it.
    """

    reference: str | None = None
    dockerfile: str | None = None
    steps: str = ""
    files: tuple[BundledFile, ...] = ()
    own_packages: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Without what is not asked for: so a digest from before there was such a thing stays."""
        optional = {"files", "own_packages"}
        return {k: v for k, v in asdict(self).items() if v or k not in optional}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        files = tuple(BundledFile(**file) for file in data.get("files", ()))
        return cls(**{**data, "files": files})


@dataclass(frozen=True)
class Bundle:
    """Everything that decides what a service does, immutable.

    Attributes:
        entry_script: Relative to the app root.
        source_directory: The folder below the app root that holds the code, or None.
        models: In the order they were given.
        code: Files below the app root.
        lock: Digest of the environment's lock.
        python: The interpreter's version as X.Y.
        platform: What the packages were chosen for, as `linux-x86_64`.
        server: Digest of the scoring server that goes with it.
        base: What its image is built on; None where it was made for a target without images.
    """

    entry_script: str
    source_directory: str | None
    models: tuple[BundledModel, ...]
    code: tuple[BundledFile, ...]
    lock: str
    python: str
    platform: str
    server: str
    base: ImageBase | None = None

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON of all the fields: same inputs, same digest."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def registered(self) -> tuple[tuple[str, int], ...]:
        """Name and version of its models, less those in no registry: their version is 0."""
        return tuple((m.name, m.version) for m in self.models if m.version)

    @property
    def model_dir(self) -> str:
        """`AZUREML_MODEL_DIR`, relative to the app root: a single model's folder, or the root.

        As Azure ML SDK v1 lays it out: `azureml-models/<name>/<version>`, or `azureml-models`.
        """
        if len(self.models) == 1:
            return f"azureml-models/{self.models[0].name}/{self.models[0].version}"
        return "azureml-models"

    def to_dict(self) -> dict[str, Any]:
        """A JSON object, with a version of its own."""
        base = None if self.base is None else self.base.to_dict()
        return {"version": 1, **asdict(self), "base": base}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        # With an image its variables are kept, which decide nothing about the bundle.
        fields = {k: v for k, v in data.items() if k not in ("version", "variables")}
        fields["models"] = tuple(
            BundledModel(**{**m, "files": tuple(BundledFile(**f) for f in m["files"])})
            for m in data["models"]
        )
        fields["code"] = tuple(BundledFile(**f) for f in data["code"])
        fields["base"] = ImageBase.from_dict(data["base"]) if data.get("base") else None
        return cls(**fields)
