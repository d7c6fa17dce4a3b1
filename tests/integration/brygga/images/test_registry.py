"""Images in a real registry (Debian's), without any engine."""

import io
import json
import socket
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from support.docker_registry import docker_registry

from brygga import Environment, RegistryError, Workspace
from brygga.error_codes import ErrorCode
from brygga.images.assemble import Ingredients
from brygga.images.base import BaseOptions
from brygga.images.bundle import Bundle
from brygga.images.oci.address import RegistryAddress
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.credentials import DockerCredentials
from brygga.images.oci.documents import CONFIG, MANIFEST, TAR_GZIP, Descriptor, ImageManifest
from brygga.images.oci.http import RegistryHttp
from brygga.images.oci.layer import Tree, write_layer
from brygga.images.oci.publisher import PublishedImage
from brygga.images.oci.upload import Upload
from brygga.operations import SILENT
from brygga.settings import Settings
from brygga.testing.services import ECHO

HERE = f"3.{sys.version_info[1]}"
PASSWORDS = "me:$2b$12$1a29tE3k7MINtkmQP59UjuPltTi/s2BrnDAtApABBvDK8.TnXVAqm\n"
"""`secret`."""


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry"), free_address()) as address:
        put_base(client_of(address), tmp_path_factory.mktemp("base"))
        yield address


def client_of(address: str, config: Path | None = None) -> RegistryClient:
    files = () if config is None else (config,)
    http = RegistryHttp(RegistryAddress.parse(address), DockerCredentials(files).find)
    return RegistryClient(http)


def put_base(client: RegistryClient, folder: Path) -> None:
    """An image with what is looked for in a base image, and nothing that could be run."""
    files = {
        f"usr/bin/python{HERE}": b"\0/lib64/ld-linux-x86-64.so.2\0",
        "lib64/ld-linux-x86-64.so.2": b"",
        "lib64/libc.so.6": b"GNU C Library (Debian) stable release version 2.36.",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    archive = io.BytesIO()
    layer = write_layer([Tree(folder, "/")], archive, compress=True)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/usr/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        }
    ).encode()
    manifest = ImageManifest(Descriptor.of(CONFIG, config), (layer.blob,))
    Upload(client, "base", layer.blob, archive.getvalue()).run()
    Upload(client, "base", manifest.config, config).run()
    client.put_manifest("base", "1", MANIFEST, manifest.content)


def bundle(workspace: Workspace, registry: str, text: str, folder: Path) -> Bundle:
    script = folder / "score.py"
    script.write_text(text)
    environment = Environment.from_packages([], python=HERE)
    options = BaseOptions(f"{registry}/base:1")
    wanted = Ingredients(script, environment=environment, base=options)
    return workspace.images.assembler.assemble(wanted, SILENT)


def publish(home: Path, registry: str, text: str, folder: Path) -> PublishedImage:
    settings = Settings(home=home)
    known = [each.name for each in Workspace.list(settings=settings)]
    make = Workspace.get if "tests" in known else Workspace.create
    workspace = make("tests", settings=settings)
    made = bundle(workspace, registry, text, folder)
    to = RegistryAddress.parse(f"http://{registry}/team")
    return workspace._wiring.image_publisher.publish(made, to, "svc", SILENT)


def test_without_an_engine_an_image_is_there_and_a_changed_script_is_kilobytes(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    first = publish(tmp_path / "home", registry, ECHO, tmp_path)
    changed = publish(tmp_path / "home", registry, ECHO + "\n# changed", tmp_path)
    same = publish(tmp_path / "home", registry, ECHO, tmp_path)
    elsewhere = publish(tmp_path / "other", registry, ECHO, tmp_path)

    assert first.sent > 1_000_000  # the scoring server
    assert 0 < changed.sent < 8_000
    assert (same.reference, same.sent) == (first.reference, 0)
    # Installed, compiled and packed a second time: not a byte is another.
    assert elsewhere.reference == first.reference
    assert elsewhere.sent < 2_000  # the manifest
    manifest = fetched(first)
    with tarfile.open(fileobj=io.BytesIO(blob(registry, manifest["layers"][-1]["digest"]))) as code:
        assert {"app/score.py", "opt/brygga/serve.json"} <= set(code.getnames())
    with tarfile.open(fileobj=io.BytesIO(blob(registry, manifest["layers"][1]["digest"]))) as made:
        names = made.getnames()
    assert "opt/brygga/server/bin/python" in names
    assert any(name.endswith(f"brygga_server/__pycache__/cli.cpython-{HERE.replace('.', '')}.pyc")
               for name in names)  # fmt: skip


def test_an_upload_goes_on_where_it_broke_off(registry: str) -> None:
    content = bytes(range(256)) * 20_000
    described = Descriptor.of(TAR_GZIP, content)
    broken: list[int] = []

    def told(count: int) -> None:
        if not broken and upload.sent > 3_000_000:
            broken.append(upload.sent)
            raise ConnectionResetError("the cable was pulled")

    upload = Upload(client_of(registry), "broken", described, content, told, chunk=1 << 20)
    upload.run()

    assert broken
    assert blob(registry, described.digest, "broken") == content
    assert upload.sent < len(content) + (1 << 20) + 1


def test_passwords(tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text(PASSWORDS)
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    with docker_registry(
        tmp_path / "registry", free_address(), htpasswd=tmp_path / "passwords"
    ) as address:
        entries = ((right, "bWU6c2VjcmV0"), (wrong, "bWU6d3Jvbmc="))  # me:secret, me:wrong
        for file, auth in entries:
            file.write_text(json.dumps({"auths": {address: {"auth": auth}}}))

        put_base(client_of(address, right), tmp_path / "base")

        assert client_of(address, right).has_manifest("base", "1")
        for client in (client_of(address), client_of(address, wrong)):
            with pytest.raises(RegistryError) as caught:
                client.manifest("base", "1")
            assert caught.value.code is ErrorCode.REGISTRY_UNAUTHORIZED


def test_one_that_can_only_be_read(tmp_path: Path) -> None:
    with docker_registry(tmp_path / "registry", free_address(), read_only=True) as address:
        with pytest.raises(RegistryError) as caught:
            put_base(client_of(address), tmp_path / "base")
        assert caught.value.code is ErrorCode.REGISTRY_READ_ONLY


def fetched(image: PublishedImage) -> dict[str, list[dict[str, str]]]:
    name, _, digest = image.reference.partition("@")
    host, _, repository = name.partition("/")
    headers = {"Accept": MANIFEST}
    answer = urllib3.request("GET", f"http://{host}/v2/{repository}/manifests/{digest}",
                             headers=headers)  # fmt: skip
    assert answer.status == 200
    return answer.json()  # type: ignore[no-any-return]


def blob(registry: str, digest: str, repository: str = "team/svc") -> bytes:
    answer = urllib3.request("GET", f"http://{registry}/v2/{repository}/blobs/{digest}")
    assert answer.status == 200
    return answer.data
