"""What an image may be built on."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.images.base import BaseOptions
from brygga.images.bundle import ImageBase

DEFAULT = "docker.io/library/python:{python}-slim"


def test_the_default_follows_the_environments_python() -> None:
    expected = ImageBase(reference="docker.io/library/python:3.12-slim")
    assert BaseOptions(DEFAULT).chosen("3.12") == expected
    assert not BaseOptions(DEFAULT).asked


def test_another_base_image_and_steps(tmp_path: Path) -> None:
    (tmp_path / "steps").write_text("RUN apt-get update \\\n    && COPY nothing\n# FROM here\n")
    options = BaseOptions(DEFAULT, base_image="my/base:1", extra_steps=tmp_path / "steps")

    chosen = options.chosen("3.12")

    assert options.asked
    assert chosen.reference == "my/base:1"
    assert chosen.steps.startswith("RUN apt-get update")


def test_a_dockerfile_takes_the_place_of_the_base_image(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY --from=python:3.11 /usr/local /usr/local\n"
    (tmp_path / "Dockerfile").write_text(text)

    for given in (text, tmp_path / "Dockerfile"):
        assert BaseOptions(DEFAULT, dockerfile=given).chosen("3.11") == ImageBase(dockerfile=text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_image": "a b"}, "'a b' is not the reference"),
        ({"base_image": "a", "dockerfile": "FROM b"}, "exclude each other"),
        ({"dockerfile": "RUN true"}, "no FROM line"),
        ({"dockerfile": "FROM a\nCOPY x /x"}, "nothing to copy from"),
        ({"dockerfile": Path("missing")}, "missing .dockerfile. cannot be read"),
        ({"extra_steps": "add x /x"}, "ADD x in the extra steps"),
        ({"extra_steps": "RUN true\nentrypoint x"}, "ENTRYPOINT cannot be one of"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, str | Path], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        BaseOptions(DEFAULT, **options).chosen("3.11")  # type: ignore[arg-type]
