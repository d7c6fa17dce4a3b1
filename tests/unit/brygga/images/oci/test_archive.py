"""The archive that engines load, as each of them reads it."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from brygga.images.oci.archive import image_archive
from brygga.images.oci.documents import ConfigChange, ImageConfig

NAME = "localhost/brygga/env:1"


@pytest.fixture
def config(tmp_path: Path) -> ImageConfig:
    (tmp_path / "layer").write_bytes(b"layer" * 1000)
    digest = hashlib.sha256(b"layer" * 1000).hexdigest()
    base = ImageConfig({"os": "linux", "rootfs": {"diff_ids": ["sha256:" + "a" * 64]}})
    return base.with_layer(f"sha256:{digest}", ConfigChange("new"))


def unpacked(
    config: ImageConfig, *layers: Path | None, docker_only: bool = False
) -> dict[str, bytes]:
    content = b"".join(image_archive(NAME, config, layers, docker_only=docker_only))
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def test_it_has_the_new_layer_alone(config: ImageConfig, tmp_path: Path) -> None:
    files = unpacked(config, None, tmp_path / "layer")

    blobs = {name for name in files if name.startswith("blobs/")}
    assert len(blobs) == 3  # configuration, manifest, layer
    for name in blobs:
        assert hashlib.sha256(files[name]).hexdigest() == name.rpartition("/")[2]


def test_docker_finds_its_way(config: ImageConfig, tmp_path: Path) -> None:
    files = unpacked(config, None, tmp_path / "layer")

    [image] = json.loads(files["manifest.json"])
    assert image["RepoTags"] == [NAME]
    assert files[image["Config"]] == config.content
    assert [name in files for name in image["Layers"]] == [False, True]
    assert files[image["Layers"][1]] == b"layer" * 1000


def test_podman_finds_its_way(config: ImageConfig, tmp_path: Path) -> None:
    files = unpacked(config, None, tmp_path / "layer")

    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    [entry] = json.loads(files["index.json"])["manifests"]
    assert set(entry["annotations"].values()) == {NAME}
    manifest = json.loads(files[f"blobs/sha256/{entry['digest'].partition(':')[2]}"])
    assert [layer["digest"] for layer in manifest["layers"]] == list(config.diff_ids)
    assert manifest["layers"][1]["size"] == 5000


def test_a_whole_one_says_nothing_of_what_its_layers_are(
    config: ImageConfig, tmp_path: Path
) -> None:
    files = unpacked(config, tmp_path / "layer", tmp_path / "layer", docker_only=True)

    assert "index.json" not in files
    [image] = json.loads(files["manifest.json"])
    assert all(name in files for name in image["Layers"])
