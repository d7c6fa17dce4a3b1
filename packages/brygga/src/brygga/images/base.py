"""What an image is built on: a base image, or a Dockerfile that makes one, and further steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from brygga.errors import InvalidInputError
from brygga.images.build_context import Keep, read_build_context
from brygga.images.bundle import ImageBase

_REFERENCE = re.compile(r"[a-z0-9][\w.\-/:]*(@sha256:[0-9a-f]{64})?")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(\S*)")
_OURS = {"FROM", "CMD", "ENTRYPOINT", "USER", "WORKDIR", "HEALTHCHECK", "ONBUILD"}


@dataclass(frozen=True)
class BaseOptions:
    """What was asked for.

    Attributes:
        default: Reference of the base image where none is asked for; `{python}` stands for X.Y.
        base_image: Another base image.
        dockerfile: A Dockerfile that makes the base image: its path, or its text; or the path of a
            folder with one and what it copies.
        extra_steps: Lines of a Dockerfile, run as root after the packages are in: a path, or
            their text. There are no files beside them to copy.
    """

    default: str
    base_image: str | None = None
    dockerfile: Path | str | None = None
    extra_steps: Path | str | None = None

    def chosen(self, python: str, keep: Keep, *, alone: bool = False) -> ImageBase:
        """What goes into the bundle.

        Args:
            keep: Puts a file into the blob store.
            alone: Whether the environment has no packages. Those of an image that was asked for
                are then the script's.

        Raises:
            InvalidInputError: both a base image and a Dockerfile, or text that cannot be used.
        """
        steps = _checked_steps(_text("extra_steps", self.extra_steps))
        if self.dockerfile is None:
            reference = self.base_image or self.default.replace("{python}", python)
            own = alone and self.base_image is not None
            return ImageBase(_checked_reference(reference), steps=steps, own_packages=own)
        if self.base_image is not None:
            raise InvalidInputError(
                "base_image and dockerfile exclude each other.",
                hint="Name the base image in the FROM line of the Dockerfile.",
            )
        if isinstance(self.dockerfile, Path) and self.dockerfile.is_dir():
            text, files = read_build_context(self.dockerfile, keep)
        else:
            text, files = _text("dockerfile", self.dockerfile), ()
            _refuse_files(text, "Dockerfile of a base image")
        return ImageBase(
            dockerfile=_checked_dockerfile(text), steps=steps, files=files, own_packages=alone
        )

    @property
    def asked(self) -> bool:
        """Whether anything but the default was asked for."""
        return any((self.base_image, self.dockerfile, self.extra_steps))


def _text(what: str, given: Path | str | None) -> str:
    if not isinstance(given, Path):
        return (given or "").strip()
    try:
        return given.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The file {given} ({what}) cannot be read: {error}.") from error


def _checked_reference(reference: str) -> str:
    if not _REFERENCE.fullmatch(reference):
        raise InvalidInputError(
            f"{reference!r} is not the reference of an image.",
            hint="Write it as registry/name:tag, for example python:3.12-slim.",
        )
    return reference


def _checked_dockerfile(text: str) -> str:
    if not any(word == "FROM" for word, _ in _instructions(text)):
        raise InvalidInputError(
            "The Dockerfile has no FROM line.", hint="Its first line names what it builds on."
        )
    return text + "\n"


def _checked_steps(text: str) -> str:
    for word, _ in _instructions(text):
        if word in _OURS:
            raise InvalidInputError(
                f"{word} cannot be one of the extra steps: Brygga sets it itself.",
                hint="Use RUN, ENV, ARG, LABEL; a dockerfile of your own may have a FROM.",
            )
    _refuse_files(text, "extra steps")
    return text


def _refuse_files(text: str, where: str) -> None:
    for word, first in _instructions(text):
        external = first.startswith(("http://", "https://", "--from="))
        if word in ("COPY", "ADD") and not external:
            raise InvalidInputError(
                f"{word} {first} in the {where} has nothing to copy from: no files go with it.",
                hint="Ship files with source_directory, or as a model.",
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
