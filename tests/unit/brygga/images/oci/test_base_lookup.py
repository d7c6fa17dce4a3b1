"""What a context has to know of its base image, where no engine answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.registry import ScriptedRegistry
from unit.brygga.images.oci.test_publisher import CONFIG, PYTHON

from brygga.errors import EngineUnavailableError, ImageBuildError
from brygga.images.bundle import Bundle, BundledFile, ImageBase
from brygga.images.layers import LayeredBuilder
from brygga.images.oci.base_lookup import BaseLookup
from brygga.images.oci.documents import MANIFEST
from brygga.images.platform import BasePlatform
from brygga.operations import Lines, Progress


def bundle(reference: str) -> Bundle:
    return Bundle(
        "score.py", None, (), (BundledFile("score.py", "a" * 64, 1),), "c" * 64,
        "3.11", "linux-x86_64", "d" * 64, ImageBase(reference=reference),
    )  # fmt: skip


def test_the_registry_tells_what_a_base_image_is(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    registry.put_image("base", "1", CONFIG, PYTHON)
    lines: list[str] = []
    look = BaseLookup(tmp_path, lambda _: None)

    found = look(bundle(f"{registry.host}/base:1"), Lines(lines.append))

    assert (found.minor, found.machine, found.libc_version) == ("3.11", "x86_64", "2.36")
    assert "in its registry" in lines[0]


@pytest.mark.parametrize(
    "manifest",
    [
        {"config": {"digest": "sha256:" + "c" * 64, "size": 2}, "layers": ["x"]},
        {"config": {"digest": "sha256:../../c", "size": 0}, "layers": []},
        {"config": {"digest": "sha256:/etc/passwd", "size": 0}, "layers": []},
        {"config": {"digest": "sha256:" + "c" * 64, "size": float("inf")}, "layers": []},
        {"manifests": ["x"]},
        {"manifests": [{"platform": {"os": "linux", "architecture": "amd64"}}]},
        {"manifests": 5},
    ],
)
def test_a_manifest_of_any_other_shape_is_no_image(
    registry: ScriptedRegistry, tmp_path: Path, manifest: dict[str, object]
) -> None:
    registry.put_manifest("base", "1", MANIFEST, json.dumps(manifest).encode())
    with pytest.raises(ImageBuildError, match="is no image"):
        BaseLookup(tmp_path, lambda _: None)(
            bundle(f"{registry.host}/base:1"), Lines(lambda _: None)
        )


def test_neither_is_one_with_such_a_configuration(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    registry.put_image("base", "1", {"config": "x"})
    with pytest.raises(ImageBuildError, match="is no image"):
        BaseLookup(tmp_path, lambda _: None)(
            bundle(f"{registry.host}/base:1"), Lines(lambda _: None)
        )


def test_a_base_image_that_a_dockerfile_makes_takes_an_engine(tmp_path: Path) -> None:
    asked = replace(bundle(""), base=ImageBase(dockerfile="FROM debian:12\n"))
    with pytest.raises(ImageBuildError, match="a Dockerfile makes its base image, and no"):
        BaseLookup(tmp_path, lambda _: None)(asked, Lines(lambda _: None))


def test_a_context_asks_the_registry_where_no_engine_answers(tmp_path: Path) -> None:
    class AskedError(Exception):
        pass

    def none() -> object:
        raise EngineUnavailableError([("unix:///run/docker.sock", "no such socket")])

    def look_up(_bundle: Bundle, _progress: Progress) -> BasePlatform:
        raise AskedError

    builder = LayeredBuilder(
        tmp_path,
        connect=none,  # type: ignore[arg-type]
        blobs=None,  # type: ignore[arg-type]
        recipes=None,  # type: ignore[arg-type]
        look_up=look_up,
    )
    with pytest.raises(AskedError):
        builder.write_context(bundle("python:3.11-slim"), tmp_path, Lines(lambda _: None))
