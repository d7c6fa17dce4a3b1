"""Where an image is: a registry, a repository in it, and a tag or a digest."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

DOCKER_HUB = "docker.io"
_HUB_SERVER = "registry-1.docker.io"
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[A-Za-z0-9][A-Za-z0-9.\-]*)(:[0-9]{1,5})?")
_PATH = re.compile(
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"\w[\w.\-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ANY_DIGEST = "sha256:" + "0" * 64


@dataclass(frozen=True)
class RegistryAddress:
    """A registry, and where in it one may write.

    Attributes:
        host: As references of images begin, with its port.
        prefix: Path that all repositories there begin with; may be empty.
        plain: Whether it speaks plain HTTP.
    """

    host: str
    prefix: str = ""
    plain: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `HOST[:PORT][/PATH]`; with `http://` before it, it speaks plain HTTP.

        A registry on loopback does so unless `https://` says otherwise, as engines have it too.

        Raises:
            InvalidInputError: it is none.
        """
        scheme, separator, rest = text.rpartition("://")
        host, _, prefix = rest.rstrip("/").partition("/")
        wrong = separator and scheme not in ("http", "https")
        if wrong or not _HOST.fullmatch(host) or (prefix and not _PATH.fullmatch(prefix)):
            raise InvalidInputError(
                f"{text!r} is not the address of a registry.",
                code=ErrorCode.REGISTRY_INVALID,
                hint="Write HOST/PATH in small letters, for example registry.example.com/team; "
                "http://HOST:PORT for one that speaks plain HTTP.",
            )
        plain = scheme == "http" if separator else _is_loopback(host)
        return cls(host.lower(), prefix, plain)

    @property
    def url(self) -> str:
        """Where its API begins."""
        server = _HUB_SERVER if self.host == DOCKER_HUB else self.host
        return f"{'http' if self.plain else 'https'}://{server}/v2/"

    def repository(self, name: str) -> str:
        """The path of a repository below the prefix."""
        return f"{self.prefix}/{name}" if self.prefix else name


@dataclass(frozen=True)
class ImageReference:
    """What an image is called.

    Attributes:
        version: Its tag, or its digest.
    """

    host: str
    repository: str
    version: str = "latest"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `[HOST/]NAME[:TAG][@DIGEST]`; without a host it is Docker Hub's.

        Raises:
            InvalidInputError: it is none.
        """
        rest, _, digest = text.partition("@")
        first, separator, path = rest.partition("/")
        named = separator and (first == "localhost" or "." in first or ":" in first)
        host, path = (first.lower(), path) if named else (DOCKER_HUB, rest)
        path, _, tag = path.partition(":")
        if host in ("index.docker.io", _HUB_SERVER):
            host = DOCKER_HUB
        if host == DOCKER_HUB and "/" not in path:
            path = f"library/{path}"
        parts = ((_HOST, host), (_PATH, path), (_TAG, tag or "x"), (_DIGEST, digest or _ANY_DIGEST))
        if not all(pattern.fullmatch(part) for pattern, part in parts):
            raise InvalidInputError(
                f"{text!r} is not the reference of an image.",
                code=ErrorCode.IMAGE_REFERENCE_INVALID,
                hint="Write it as registry/name:tag, for example python:3.12-slim.",
            )
        return cls(host, path, digest or tag or "latest")

    def __str__(self) -> str:
        separator = "@" if ":" in self.version else ":"
        return f"{self.host}/{self.repository}{separator}{self.version}"


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
