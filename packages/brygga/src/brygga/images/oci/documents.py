"""The documents of an image, by the OCI image specification: configuration, manifest, index."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
TAR = "application/vnd.oci.image.layer.v1.tar"
TAR_GZIP = f"{TAR}+gzip"
TAR_ZSTD = f"{TAR}+zstd"

_DOCKER = "application/vnd.docker"
_DOCKER_MANIFEST = f"{_DOCKER}.distribution.manifest.v2+json"
_DOCKER_INDEX = f"{_DOCKER}.distribution.manifest.list.v2+json"
_OCI_NAMES = {
    f"{_DOCKER}.image.rootfs.diff.tar": TAR,
    f"{_DOCKER}.image.rootfs.diff.tar.gzip": TAR_GZIP,
    f"{_DOCKER}.image.rootfs.diff.tar.zstd": TAR_ZSTD,
}
"""The same bytes under another name, so that a manifest has the names of one specification."""

ACCEPTED = (INDEX, MANIFEST, _DOCKER_INDEX, _DOCKER_MANIFEST)
INDEXES = (INDEX, _DOCKER_INDEX)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


@dataclass(frozen=True)
class Descriptor:
    """Content by what it is: `digest` as `sha256:...`, `size` in bytes."""

    media_type: str
    digest: str
    size: int

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads one of a manifest.

        Raises:
            ValueError: its digest is none: it becomes the name of a file and a part of addresses.
        """
        kind, digest = str(data.get("mediaType", "")), str(data["digest"])
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is not a sha256")
        return cls(_OCI_NAMES.get(kind, kind), digest, int(data["size"]))

    @classmethod
    def of(cls, media_type: str, content: bytes) -> Self:
        """Describes content."""
        return cls(media_type, digest_of(content), len(content))


@dataclass(frozen=True)
class ConfigChange:
    """What a layer changes of how an image is run; None and nothing leave it.

    Attributes:
        text: What the layer is, for whoever looks at the history.
        variables: Of the environment.
        port: One more that it listens on.
    """

    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str | None = None
    user: str | None = None
    port: int | None = None
    entrypoint: Sequence[str] | None = None
    command: Sequence[str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageConfig:
    """The configuration of an image: what runs it, and the layers it is made of."""

    data: Mapping[str, Any]

    @property
    def machine(self) -> str:
        """As `x86_64`."""
        names = {theirs: ours for ours, theirs in _ARCHITECTURES.items()}
        return names.get(str(self.data.get("architecture")), str(self.data.get("architecture")))

    @property
    def run(self) -> Mapping[str, Any]:
        """How it is run: `Env`, `User`, `Entrypoint` and so on."""
        return self.data.get("config") or {}

    @property
    def variables(self) -> dict[str, str]:
        """Of its environment."""
        pairs = (str(each).partition("=") for each in self.run.get("Env") or ())
        return {name: value for name, _, value in pairs}

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Digests of its layers, unpacked."""
        return tuple((self.data.get("rootfs") or {}).get("diff_ids") or ())

    @property
    def content(self) -> bytes:
        """What is kept and hashed."""
        return canonical(self.data)

    @property
    def _history(self) -> list[Mapping[str, Any]]:
        """With an entry for each layer: Podman refuses to build on what lacks some."""
        known = list(self.data.get("history") or ())
        if len([each for each in known if not each.get("empty_layer")]) == len(self.diff_ids):
            return known
        return [{"created_by": "a layer of the image below"}] * len(self.diff_ids)

    def with_layer(self, diff_id: str, change: ConfigChange) -> ImageConfig:
        """The same with one more layer on top."""
        run = {key: value for key, value in self.run.items() if key != "OnBuild"}
        if change.variables:
            merged = self.variables | dict(change.variables)
            run["Env"] = [f"{name}={value}" for name, value in merged.items()]
        if change.port is not None:
            run["ExposedPorts"] = {**(run.get("ExposedPorts") or {}), f"{change.port}/tcp": {}}
        if change.labels:
            run["Labels"] = {**(run.get("Labels") or {}), **change.labels}
        if change.entrypoint is not None:
            run["Entrypoint"], run["Cmd"] = list(change.entrypoint), list(change.command or ())
        run |= {k: v for k, v in (("WorkingDir", change.folder), ("User", change.user)) if v}
        data = {k: v for k, v in self.data.items() if k in _KEPT}
        data |= {"config": run, "rootfs": {"type": "layers", "diff_ids": [*self.diff_ids, diff_id]}}
        created = {"created": self.data["created"]} if self.data.get("created") else {}
        data["history"] = [*self._history, {**created, "created_by": f"brygga: {change.text}"}]
        return replace(self, data=data)


_KEPT = ("architecture", "variant", "os", "os.version", "os.features", "created", "author")
"""The rest is of how and in what container the base was built."""


@dataclass(frozen=True)
class ImageManifest:
    """What an image consists of; its layers from the bottom up."""

    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def content(self) -> bytes:
        """What is kept and hashed."""
        return canonical(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": self.config.to_dict(),
                "layers": [layer.to_dict() for layer in self.layers],
            }
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads one of either specification."""
        layers = tuple(Descriptor.from_dict(each) for each in data["layers"])
        return cls(Descriptor.from_dict(data["config"]), layers)


def choose(index: Mapping[str, Any], platform: str) -> str | None:
    """The digest of what an index has for a platform, as `linux-x86_64`; None where it has none."""
    system, _, machine = platform.partition("-")
    wanted = (system, _ARCHITECTURES.get(machine, machine))
    for entry in index.get("manifests") or ():
        of = entry.get("platform") or {}
        if (of.get("os"), of.get("architecture")) == wanted:
            return str(entry["digest"])
    return None


def platforms(index: Mapping[str, Any]) -> list[str]:
    """Those that an index has something for."""
    found = [entry.get("platform") or {} for entry in index.get("manifests") or ()]
    named = [of for of in found if of.get("os") not in (None, "unknown")]
    return list(dict.fromkeys(f"{of['os']}/{of.get('architecture')}" for of in named))


def canonical(data: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON that is the same for the same content."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    """As `sha256:...`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
