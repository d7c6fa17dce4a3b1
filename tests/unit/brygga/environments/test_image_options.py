"""What may be asked of an image."""

from pathlib import Path

import pytest

from brygga.environments import Environment
from brygga.environments.image_options import ImageOptions
from brygga.errors import InvalidInputError


def test_texts_and_files_say_the_same(tmp_path: Path) -> None:
    steps = "RUN apt-get update \\\n    && COPY nothing\n# FROM here\n"
    dockerfile = "FROM debian:12\nCOPY --from=python:3.11 /usr/local /usr/local\n"
    (tmp_path / "steps").write_text(steps)
    (tmp_path / "Dockerfile").write_text(dockerfile)

    given = ImageOptions.read(dockerfile=tmp_path / "Dockerfile", extra_steps=tmp_path / "steps")

    assert given == ImageOptions.read(dockerfile=dockerfile, extra_steps=steps)
    assert given.dockerfile == dockerfile
    assert given
    assert not ImageOptions.read()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_image": "a b"}, "'a b' is not the reference"),
        ({"base_image": "a", "dockerfile": "FROM b"}, "exclude each other"),
        ({"dockerfile": "RUN true"}, "no FROM line"),
        ({"dockerfile": ""}, "no FROM line"),
        ({"dockerfile": "FROM a\nCOPY x /x"}, "nothing to copy from"),
        ({"dockerfile": Path("missing")}, "missing .dockerfile. cannot be read"),
        ({"extra_steps": "add x /x"}, "ADD x in the extra steps"),
        ({"extra_steps": "RUN true\nentrypoint x"}, "ENTRYPOINT cannot be one of"),
    ],
)
def test_what_cannot_be_is_refused_at_once(options: dict[str, str | Path], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Environment.from_packages([]).based_on(**options)  # type: ignore[arg-type]


def test_it_is_a_part_of_the_spec() -> None:
    plain = Environment.from_packages(["six"], python="3.11")
    based = plain.based_on("my/base:1", extra_steps="RUN true")

    assert based != plain
    assert based.to_dict()["image"] == {"base_image": "my/base:1", "extra_steps": "RUN true"}
    assert Environment.from_dict(based.to_dict()) == based
    assert "image" not in plain.to_dict()
    assert based.based_on() == plain
    assert based.preferring(Path("/usr/bin/python3")).image == based.image
