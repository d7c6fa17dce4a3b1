"""What an image is built on, where a call, an environment and a setting say so."""

from brygga.environments.image_options import ImageOptions
from brygga.images.base import BaseOptions
from brygga.images.bundle import ImageBase

DEFAULT = "docker.io/library/python:{python}-slim"
NOTHING = ImageOptions()


def test_the_default_follows_the_environments_python() -> None:
    expected = ImageBase(reference="docker.io/library/python:3.12-slim")

    assert BaseOptions(DEFAULT).chosen("3.12", NOTHING) == expected


def test_an_environment_says_more_than_the_default_and_a_call_more_than_it() -> None:
    environment = ImageOptions("their/base:1", extra_steps="RUN theirs")

    def chosen(asked: ImageOptions) -> ImageBase:
        return BaseOptions(DEFAULT, asked).chosen("3.12", environment)

    assert chosen(NOTHING) == ImageBase("their/base:1", steps="RUN theirs")
    assert chosen(ImageOptions("my/base:1")) == ImageBase("my/base:1", steps="RUN theirs")
    made = ImageBase(dockerfile="FROM x\n", steps="RUN theirs")
    assert chosen(ImageOptions(dockerfile="FROM x\n")) == made
    mine = ImageBase("their/base:1", steps="RUN mine")
    assert chosen(ImageOptions(extra_steps="RUN mine")) == mine
