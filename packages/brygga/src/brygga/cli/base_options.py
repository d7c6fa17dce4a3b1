"""The options that say what an image is built on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import click

from brygga.cli.option_groups import option_group

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


class _Given(TypedDict):
    base_image: str | None
    dockerfile: Path | None
    extra_steps: Path | None


@dataclass(frozen=True)
class BaseImageOptions:
    """What was given on the command line."""

    base_image: str | None
    dockerfile: Path | None
    extra_steps: Path | None

    @property
    def given(self) -> _Given:
        """As `deploy`, `images.create` and `Environment.based_on` take it."""
        return {
            "base_image": self.base_image,
            "dockerfile": self.dockerfile,
            "extra_steps": self.extra_steps,
        }


_OPTIONS = (
    click.option(
        "--base-image",
        metavar="REFERENCE",
        help="Build images on it, not on that of the environment or the default one.",
    ),
    click.option(
        "--dockerfile",
        type=click.Path(path_type=Path, exists=True),
        help="A Dockerfile that makes the base image, or the folder of one with what it copies.",
    ),
    click.option(
        "--extra-steps", type=_FILE, help="Lines of a Dockerfile, run after the packages are in."
    ),
)


def base_image_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `base`, a `BaseImageOptions`."""
    return option_group(command, "base", BaseImageOptions, _OPTIONS)
