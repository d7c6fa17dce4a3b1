"""What the image of a service is to be built on: text that says it, and what it may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb

_REFERENCE = re.compile(r"[a-z0-9][\w.\-/:]*(@sha256:[0-9a-f]{64})?")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(\S*)")
_OURS = {"FROM", "CMD", "ENTRYPOINT", "USER", "WORKDIR", "HEALTHCHECK", "ONBUILD"}

DEFAULT_BASE = "${BRYGGA_BASE}"
"""In a FROM line of a Dockerfile: the base image where none is asked for."""


@dataclass(frozen=True)
class ImageOptions:
    """What was asked for; nothing of it matters to a target that runs no images.

    Attributes:
        base_image: Reference of a base image.
        dockerfile: Text of a Dockerfile that makes the base image.
        folder: Path of a folder with such a Dockerfile and what that copies. It is read when an
            image is made.
        extra_steps: Lines of a Dockerfile, run as root after the packages are in. There are no
            files beside them to copy.
    """

    base_image: str | None = None
    dockerfile: str | None = None
    extra_steps: str = ""
    folder: str | None = None

    def __post_init__(self) -> None:
        made = self.dockerfile is not None or self.folder is not None
        if self.base_image is not None and made:
            raise InvalidInputError(
                "A base image and a Dockerfile exclude each other.",
                code=ErrorCode.OPTION_CONFLICT,
                hint="Name the base image in the FROM line of the Dockerfile.",
            )
        if self.base_image is not None:
            check_reference(self.base_image)
        if self.dockerfile is not None:
            check_dockerfile(self.dockerfile)
            _refuse_files(self.dockerfile, "Dockerfile of a base image")
        _check_steps(self.extra_steps)

    @classmethod
    def read(
        cls,
        base_image: str | None = None,
        dockerfile: Path | str | None = None,
        extra_steps: Path | str | None = None,
    ) -> Self:
        """Takes texts, or the paths of files with them; of a Dockerfile also that of its folder.

        Raises:
            InvalidInputError: both a base image and a Dockerfile, a file that cannot be read, or
                text that cannot be used.
        """
        folder = None
        if isinstance(dockerfile, Path) and dockerfile.is_dir():
            folder, dockerfile = str(dockerfile.absolute()), None
        return cls(
            base_image=base_image,
            dockerfile=None if dockerfile is None else _text("dockerfile", dockerfile) + "\n",
            extra_steps="" if extra_steps is None else _text("extra_steps", extra_steps),
            folder=folder,
        )

    def __bool__(self) -> bool:
        """Whether anything was asked for."""
        return self != ImageOptions()

    def over(self, other: ImageOptions) -> ImageOptions:
        """These, and where they say nothing, the others: of the base, and of the steps."""
        base = self if self.base_image or self.dockerfile or self.folder else other
        return replace(base, extra_steps=self.extra_steps or other.extra_steps)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object of what was asked for."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote; what it does not know is left out."""
        return cls(**{f.name: data[f.name] for f in fields(cls) if f.name in data})


def check_reference(reference: str) -> str:
    """The reference of an image, as it is given.

    Raises:
        InvalidInputError: it is none.
    """
    if not _REFERENCE.fullmatch(reference):
        raise InvalidInputError(
            f"{reference!r} is not the reference of an image.",
            code=ErrorCode.IMAGE_REFERENCE_INVALID,
            hint="Write it as registry/name:tag, for example python:3.12-slim.",
        )
    return reference


def _text(what: str, given: Path | str) -> str:
    if not isinstance(given, Path):
        return given.strip()
    try:
        return given.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The file {given} ({what}) cannot be read: {error}.",
            code=ErrorCode.DOCKERFILE_UNREADABLE,
        ) from error


def check_dockerfile(text: str) -> None:
    """A Dockerfile that can make a base image.

    Raises:
        InvalidInputError: it cannot.
    """
    if not any(word == "FROM" for word, _ in _instructions(text)):
        raise InvalidInputError(
            "The Dockerfile has no FROM line.",
            code=ErrorCode.DOCKERFILE_INVALID,
            hint="Its first line names what it builds on.",
        )


def _check_steps(text: str) -> None:
    for word, _ in _instructions(text):
        if word in _OURS:
            raise InvalidInputError(
                f"{word} cannot be one of the extra steps: Brygga sets it itself.",
                code=ErrorCode.DOCKERFILE_INVALID,
                hint="Use RUN, ENV, ARG, LABEL; a dockerfile of your own may have a FROM.",
            )
    _refuse_files(text, "extra steps")


def _refuse_files(text: str, where: str) -> None:
    for word, first in _instructions(text):
        external = first.startswith(("http://", "https://", "--from="))
        if word in ("COPY", "ADD") and not external:
            raise InvalidInputError(
                f"{word} {first} in the {where} has nothing to copy from: no files go with it.",
                code=ErrorCode.DOCKERFILE_INVALID,
                hint=Hint.of(
                    "Ship files with {}, or as a model.", Argument(Verb.DEPLOY, "source_directory")
                ),
            )


def _instructions(text: str) -> list[tuple[str, str]]:
    """The instructions and their first word; continued lines are a part of theirs."""
    found, continued = [], False
    for line in text.splitlines():
        match = None if continued or line.lstrip().startswith("#") else _INSTRUCTION.match(line)
        if match:
            found.append((match[1].upper(), match[2]))
        if not line.lstrip().startswith("#"):
            continued = line.rstrip().endswith("\\")
    return found
