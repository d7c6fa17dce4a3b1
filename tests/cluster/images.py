"""The image that every pod begins with, and the registry with the base image of the tests."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import urllib3
import yaml
from cluster.commands import ClusterFailedError, run, spawn, wait_until
from cluster.layout import BASE_IMAGE, LOCKED_REGISTRY, PAUSE, REGISTRY, USER, Layout

_SOURCE = Path(__file__).parent / "pause.c"
_ENGINE_BASE = "localhost/brygga-base:bookworm"
_HASH = "$2b$04$xax/508ed7zJasrJbuhKqOr7Hz.BT0zi0DwLCbaSblh0hn4J94MDC"
"""Of `PASSWORD`, as a registry wants it."""
_OCI = "application/vnd.oci.image"


def pause_archive(layout: Layout) -> Path:
    """An OCI archive of a program that waits, made of fifteen lines of C."""
    binary, archive = layout.root / "pause", layout.root / "pause.tar"
    run("gcc", "-Os", "-static", "-s", "-o", binary, _SOURCE)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(binary, "pause")
    blobs: dict[str, bytes] = {}

    def blob(kind: str, content: bytes) -> dict[str, object]:
        digest = sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        media = f"{_OCI}.{kind}"
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(content)}

    described = blob("layer.v1.tar", layer.getvalue())
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [described["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": blob("config.v1+json", json.dumps(config).encode()),
        "layers": [described],
    }
    named = {"annotations": {"io.containerd.image.name": PAUSE}}
    entry = blob("manifest.v1+json", json.dumps(manifest).encode()) | named
    blobs["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    blobs["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    with tarfile.open(archive, "w") as tar:
        for name, content in blobs.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return archive


def start_registries(layout: Layout) -> None:
    """Both speak plain HTTP on the bridge; one of them asks who one is."""
    passwords = layout.root / "htpasswd"
    passwords.write_text(f"{USER}:{_HASH}\n")
    _start(layout, "registry", REGISTRY, {})
    basic = {"auth": {"htpasswd": {"realm": "tests", "path": str(passwords)}}}
    _start(layout, "locked-registry", LOCKED_REGISTRY, basic)


def _start(layout: Layout, name: str, address: str, more: Mapping[str, object]) -> None:
    config = layout.root / f"{name}.yml"
    content = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {
            "filesystem": {"rootdirectory": str(layout.root / name)},
            "delete": {"enabled": True},
        },
        "http": {"addr": address},
        **more,
    }
    config.write_text(yaml.safe_dump(content))
    spawn(layout, name, "docker-registry", "serve", config)
    wait_until(f"a {name} that answers", lambda: _answers(address), 20)


def push_base_image() -> None:
    """From the engine that `.ci/engine` has started, which made it of Debian's packages."""
    engine = os.environ.get("BRYGGA_CLUSTER_ENGINE", "podman")
    if not run(engine, "images", "-q", _ENGINE_BASE, check=False).strip():
        raise ClusterFailedError(
            f"{engine} has no image {_ENGINE_BASE}: make it with deploy/base-image/make"
        )
    run(engine, "push", "--quiet", "--tls-verify=false", _ENGINE_BASE, f"docker://{BASE_IMAGE}")


def _answers(address: str) -> bool:
    try:
        return urllib3.request("GET", f"http://{address}/v2/", retries=False).status in (200, 401)
    except urllib3.exceptions.HTTPError:
        return False
