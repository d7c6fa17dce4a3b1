"""What an image may be built on."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.images.base import BaseOptions
from brygga.images.bundle import BundledFile, ImageBase


def keep(place: str, path: Path) -> BundledFile:
    return BundledFile(place, path.read_text(), 1)


DEFAULT = "docker.io/library/python:{python}-slim"


def test_the_default_follows_the_environments_python() -> None:
    expected = ImageBase(reference="docker.io/library/python:3.12-slim")
    assert BaseOptions(DEFAULT).chosen("3.12", keep) == expected
    assert not BaseOptions(DEFAULT).asked


def test_another_base_image_and_steps(tmp_path: Path) -> None:
    (tmp_path / "steps").write_text("RUN apt-get update \\\n    && COPY nothing\n# FROM here\n")
    options = BaseOptions(DEFAULT, base_image="my/base:1", extra_steps=tmp_path / "steps")

    chosen = options.chosen("3.12", keep)

    assert options.asked
    assert chosen.reference == "my/base:1"
    assert chosen.steps.startswith("RUN apt-get update")


def test_a_dockerfile_takes_the_place_of_the_base_image(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY --from=python:3.11 /usr/local /usr/local\n"
    (tmp_path / "Dockerfile").write_text(text)

    for given in (text, tmp_path / "Dockerfile"):
        assert BaseOptions(DEFAULT, dockerfile=given).chosen("3.11", keep) == ImageBase(
            dockerfile=text
        )


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
        BaseOptions(DEFAULT, **options).chosen("3.11", keep)  # type: ignore[arg-type]


def test_a_folder_has_a_dockerfile_and_what_it_copies(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\nCOPY words/x.txt /x\n")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/x.txt").write_text("digest of x")

    chosen = BaseOptions(DEFAULT, dockerfile=tmp_path).chosen("3.11", keep)

    assert chosen.dockerfile == "FROM a\nCOPY words/x.txt /x\n"
    assert chosen.files == (BundledFile("words/x.txt", "digest of x", 1),)
    assert ImageBase.from_dict(chosen.to_dict()) == chosen
    (tmp_path / "away").symlink_to("/etc/hostname")
    with pytest.raises(InvalidInputError, match="a link that leaves the folder"):
        BaseOptions(DEFAULT, dockerfile=tmp_path).chosen("3.11", keep)
    (tmp_path / "Dockerfile").unlink()
    with pytest.raises(InvalidInputError, match="has no Dockerfile"):
        BaseOptions(DEFAULT, dockerfile=tmp_path).chosen("3.11", keep)


def test_an_empty_environment_on_an_image_of_ones_own_uses_what_is_in_it() -> None:
    own = BaseOptions(DEFAULT, base_image="my/base:1")
    assert own.chosen("3.11", keep, alone=True).own_packages
    assert not own.chosen("3.11", keep).own_packages
    assert not BaseOptions(DEFAULT).chosen("3.11", keep, alone=True).own_packages
