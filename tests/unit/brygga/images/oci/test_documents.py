"""Configuration, manifest and index, by the image specification."""

import json

import pytest

from brygga.images.oci.documents import (
    MANIFEST,
    TAR_GZIP,
    ConfigChange,
    Descriptor,
    ImageConfig,
    ImageManifest,
    choose,
    digest_of,
    platforms,
)

BASE = ImageConfig(
    {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "docker_version": "20",
        "config": {
            "Env": ["PATH=/usr/bin", "HOME=/root"],
            "Labels": {"of": "base"},
            "Cmd": ["python3"],
            "OnBuild": ["RUN x"],
            "ExposedPorts": {"80/tcp": {}},
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:a"]},
        "history": [{"created_by": "base"}],
    }
)
CHANGE = ConfigChange(
    "the packages",
    variables={"HOME": "/tmp"},
    folder="/app",
    user="10001:10001",
    port=5001,
    entrypoint=("python", "-I"),
    command=("--config",),
    labels={"ours": "yes"},
)


def test_a_layer_on_a_base() -> None:
    made = BASE.with_layer("sha256:b", CHANGE)

    assert json.loads(made.content) == {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {
            "Env": ["PATH=/usr/bin", "HOME=/tmp"],
            "Labels": {"of": "base", "ours": "yes"},
            "Entrypoint": ["python", "-I"],
            "Cmd": ["--config"],
            "ExposedPorts": {"80/tcp": {}, "5001/tcp": {}},
            "User": "10001:10001",
            "WorkingDir": "/app",
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:a", "sha256:b"]},
        "history": [
            {"created_by": "base"},
            {"created": "2026-01-01T00:00:00Z", "created_by": "brygga: the packages"},
        ],
    }
    assert (made.machine, made.variables["HOME"]) == ("x86_64", "/tmp")
    assert BASE.diff_ids == ("sha256:a",)


def test_what_a_layer_does_not_change_stays() -> None:
    made = BASE.with_layer("sha256:b", ConfigChange("the code"))

    assert made.run == {key: value for key, value in BASE.run.items() if key != "OnBuild"}


@pytest.mark.parametrize("known", [[], [{"created_by": "x", "empty_layer": True}]])
def test_a_history_that_is_not_known_has_an_entry_for_each_layer(known: list[object]) -> None:
    unknown = ImageConfig({**BASE.data, "history": known})

    made = unknown.with_layer("sha256:b", CHANGE)

    assert [each["created_by"] for each in made.data["history"]] == [
        "a layer of the image below",
        "brygga: the packages",
    ]


def test_the_order_of_keys_does_not_matter() -> None:
    backwards = ImageConfig(dict(reversed(list(BASE.data.items()))))

    assert backwards.content == BASE.content


def test_a_manifest_is_read_back() -> None:
    layer = Descriptor(TAR_GZIP, "sha256:" + "c" * 64, 7)
    manifest = ImageManifest(Descriptor.of("config", b"{}"), (layer,))

    data = json.loads(manifest.content)

    assert (data["schemaVersion"], data["mediaType"]) == (2, MANIFEST)
    assert data["config"]["digest"] == digest_of(b"{}")
    assert ImageManifest.from_dict(data) == manifest


def test_names_of_docker_become_those_of_the_specification() -> None:
    kind = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    digest = "sha256:" + "c" * 64

    found = Descriptor.from_dict({"mediaType": kind, "digest": digest, "size": 7})

    assert found == Descriptor(TAR_GZIP, digest, 7)


def test_an_index_has_one_for_each_platform() -> None:
    index = {
        "manifests": [
            {"digest": "sha256:1", "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": "sha256:2", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:3", "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": "sha256:4"},
        ]
    }

    assert choose(index, "linux-x86_64") == "sha256:2"
    assert choose(index, "linux-aarch64") == "sha256:1"
    assert choose(index, "linux-riscv64") is None
    assert platforms(index) == ["linux/arm64", "linux/amd64"]
