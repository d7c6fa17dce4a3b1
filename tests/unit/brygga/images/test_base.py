"""What an image is built on, where a call, an environment and a setting say so."""

from pathlib import Path

import pytest

from brygga.environments.image_options import ImageOptions
from brygga.errors import InvalidInputError
from brygga.images.base import BaseOptions
from brygga.images.bundle import BundledFile, ImageBase

DEFAULT = "docker.io/library/python:{python}-slim"
NOTHING = ImageOptions()


def keep(place: str, path: Path) -> BundledFile:
    return BundledFile(place, path.read_text(), 1)


def chosen(
    asked: ImageOptions, environment: ImageOptions = NOTHING, *, alone: bool = False
) -> ImageBase:
    return BaseOptions(DEFAULT, asked).chosen("3.12", environment, keep, alone=alone)


def test_the_default_follows_the_environments_python() -> None:
    assert chosen(NOTHING) == ImageBase(reference="docker.io/library/python:3.12-slim")


def test_an_environment_says_more_than_the_default_and_a_call_more_than_it() -> None:
    environment = ImageOptions("their/base:1", extra_steps="RUN theirs")

    assert chosen(NOTHING, environment) == ImageBase("their/base:1", steps="RUN theirs")
    mine = ImageOptions("my/base:1")
    assert chosen(mine, environment) == ImageBase("my/base:1", steps="RUN theirs")
    made = ImageBase(dockerfile="FROM x\n", steps="RUN theirs")
    assert chosen(ImageOptions(dockerfile="FROM x\n"), environment) == made
    steps = ImageOptions(extra_steps="RUN mine")
    assert chosen(steps, environment) == ImageBase("their/base:1", steps="RUN mine")


def test_a_dockerfile_may_build_on_the_default() -> None:
    made = chosen(ImageOptions(dockerfile="FROM ${BRYGGA_BASE} AS a\nRUN x\n"))
    assert made.dockerfile == "FROM docker.io/library/python:3.12-slim AS a\nRUN x\n"


def test_a_folder_has_a_dockerfile_and_what_it_copies(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\nCOPY words/x.txt /x\n")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/x.txt").write_text("digest of x")
    options = ImageOptions.read(dockerfile=tmp_path)

    for found in (chosen(options), chosen(NOTHING, options)):
        assert found.dockerfile == "FROM a\nCOPY words/x.txt /x\n"
        assert found.files == (BundledFile("words/x.txt", "digest of x", 1),)
        assert ImageBase.from_dict(found.to_dict()) == found
    (tmp_path / "away").symlink_to("/etc/hostname")
    with pytest.raises(InvalidInputError, match="a link that leaves the folder"):
        chosen(options)
    (tmp_path / "away").unlink()
    (tmp_path / "Dockerfile").write_text("RUN true\n")
    with pytest.raises(InvalidInputError, match="no FROM line"):
        chosen(options)
    (tmp_path / "Dockerfile").unlink()
    with pytest.raises(InvalidInputError, match="has no Dockerfile"):
        chosen(options)


def test_a_call_takes_the_place_of_an_environments_folder(tmp_path: Path) -> None:
    environment = ImageOptions.read(dockerfile=tmp_path, extra_steps="RUN theirs")

    found = chosen(ImageOptions("my/base:1"), environment)

    assert found == ImageBase("my/base:1", steps="RUN theirs")


def test_an_empty_environment_on_an_image_of_ones_own_uses_what_is_in_it() -> None:
    own = ImageOptions("my/base:1")
    assert chosen(own, alone=True).own_packages
    assert chosen(NOTHING, own, alone=True).own_packages
    assert not chosen(own).own_packages
    assert not chosen(NOTHING, alone=True).own_packages
    assert chosen(ImageOptions(dockerfile="FROM x\n"), alone=True).own_packages
