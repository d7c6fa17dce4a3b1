"""Images put together in a registry: what is made, what is sent, and what is not."""

import io
import json
import random
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.registry import ScriptedRegistry, scripted_registry

from brygga.error_codes import ErrorCode
from brygga.errors import EngineUnavailableError, ImageBuildError, RegistryError
from brygga.images.bundle import Bundle, BundledFile, BundledModel, ImageBase
from brygga.images.oci.address import RegistryAddress
from brygga.images.oci.client import RegistryClient
from brygga.images.oci.documents import ConfigChange
from brygga.images.oci.layer import Tree
from brygga.images.oci.publisher import ImagePublisher, PublishedImage
from brygga.images.platform import BasePlatform
from brygga.images.recipe import LayerRecipe, digest
from brygga.operations import Lines, Progress
from brygga.testing.images import FakeImageBuilder

LARGE = 200_000


@dataclass
class Recipes:
    """Layers of a few files: packages, models and code."""

    made: list[str] = field(default_factory=list)

    def layers(self, bundle: Bundle, base: BasePlatform) -> Sequence[LayerRecipe]:
        texts = {
            "env": bundle.lock * (LARGE // 64),
            "models": "".join(m.sha256 for m in bundle.models) * 1000,
            "service": bundle.digest,
        }
        return [self._layer(kind, text, base) for kind, text in texts.items()]

    def _layer(self, kind: str, text: str, base: BasePlatform) -> LayerRecipe:
        def write(folder: Path, _progress: Progress) -> Sequence[Tree]:
            self.made.append(kind)
            # What cannot be packed: so that its size counts.
            (folder / kind).write_bytes(random.Random(text).randbytes(len(text)))
            return [Tree(folder, f"/opt/{kind}")]

        labels = {kind: base.python}
        return LayerRecipe(kind, digest(kind, text), write, ConfigChange(kind, labels=labels))


@dataclass
class Shop:
    """A publisher with all that it needs, and a registry with a base image."""

    home: Path
    registry: ScriptedRegistry
    recipes: Recipes = field(default_factory=Recipes)
    builder: FakeImageBuilder = field(default_factory=FakeImageBuilder)
    lines: list[str] = field(default_factory=list)

    def bundle(self, code: str = "a", **base: object) -> Bundle:
        image = ImageBase(reference=f"{self.registry.host}/base:1")
        models = (BundledModel("m", 1, "e" * 64, (BundledFile("m", "e" * 64, 1),)),)
        return Bundle(
            "score.py", None, models, (BundledFile("score.py", code * 64, 1),), "c" * 64,
            "3.11", "linux-x86_64", "d" * 64, replace(image, **base),  # type: ignore[arg-type]
        )  # fmt: skip

    def publish(self, bundle: Bundle | None = None, to: str = "") -> PublishedImage:
        publisher = ImagePublisher(
            self.home,
            self.recipes,  # type: ignore[arg-type]
            self.builder,
            lambda _: None,
            lambda http: RegistryClient(http, wait=lambda _: None),
        )
        address = RegistryAddress.parse(to or f"http://{self.registry.host}/team")
        return publisher.publish(bundle or self.bundle(), address, "svc", Lines(self.lines.append))


def layer(**files: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


PYTHON = layer(
    **{
        "usr/bin/python3.11": "\0/lib64/ld-linux-x86-64.so.2\0",
        "lib64/ld-linux-x86-64.so.2": "",
        "lib64/libc.so.6": "GNU C Library (Debian) stable release version 2.36.",
    }
)
CONFIG: dict[str, object] = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["PATH=/usr/bin"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:base"]},
}


@pytest.fixture
def shop(registry: ScriptedRegistry, tmp_path: Path) -> Shop:
    registry.put_image("base", "1", CONFIG, PYTHON)
    return Shop(tmp_path / "home", registry)


def test_an_image_in_a_registry(shop: Shop) -> None:
    published = shop.publish()

    name, _, found = published.reference.partition("@")
    assert name == f"{shop.registry.host}/team/svc"
    kind, content = shop.registry.manifests["team/svc", found]
    manifest = json.loads(content)
    assert kind == manifest["mediaType"]
    digests = [layer["digest"] for layer in manifest["layers"]]
    assert all(("team/svc", each) in shop.registry.blobs for each in digests)
    assert manifest["config"]["digest"] == published.config
    config = json.loads(shop.registry.blobs["team/svc", published.config])
    assert len(config["rootfs"]["diff_ids"]) == len(digests) == 4
    assert config["config"]["Labels"] == {"env": "3.11", "models": "3.11", "service": "3.11"}
    assert published.size == sum(
        len(shop.registry.blobs["team/svc", each]) for each in (*digests, published.config)
    ) + len(content)


def test_layers_of_the_base_are_mounted(shop: Shop) -> None:
    shop.publish()

    mounted = [path for path in shop.registry.asked("POST") if "mount=" in path]
    assert len(mounted) == 1
    assert "from=base" in mounted[0]
    assert shop.registry.received < 2 * LARGE  # none of them was sent


def test_the_same_again_sends_and_makes_nothing(shop: Shop) -> None:
    first = shop.publish()
    shop.recipes.made.clear()
    shop.registry.seen.clear()

    second = shop.publish()

    assert second == replace(first, sent=0)
    assert shop.recipes.made == []
    methods = [each.partition(" ")[0] for each in shop.registry.seen]
    assert methods == ["GET", "GET", "HEAD"]


def test_a_changed_script_sends_kilobytes(shop: Shop) -> None:
    first = shop.publish()
    shop.recipes.made.clear()
    before = shop.registry.received

    second = shop.publish(shop.bundle("b"))

    assert shop.recipes.made == ["service"]
    assert first.sent > LARGE
    assert shop.registry.received - before == second.sent < 5_000
    assert second.reference != first.reference


def test_what_was_made_for_one_registry_is_the_same_for_another(shop: Shop) -> None:
    first = shop.publish()

    with scripted_registry() as other:
        second = shop.publish(to=f"http://{other.host}")

        assert second.reference.partition("@")[2] == first.reference.partition("@")[2]
        assert second.sent > first.sent  # the base image's layers, too
        assert ("svc", second.reference.partition("@")[2]) in other.manifests


def test_it_is_the_same_from_another_home(shop: Shop, tmp_path: Path) -> None:
    first = shop.publish()
    other = Shop(tmp_path / "other", shop.registry)

    second = other.publish()

    assert second.reference == first.reference
    assert other.recipes.made == ["env", "models", "service"]


def test_a_push_that_failed_goes_on_where_it_was(shop: Shop) -> None:
    shop.registry.room = LARGE // 2

    with pytest.raises(RegistryError, match="no room left"):
        shop.publish()
    shop.recipes.made.clear()
    shop.registry.room = None
    shop.publish()

    # What had been made lay here, and what had been sent was there.
    assert "env" not in shop.recipes.made
    left = [path.name for path in (shop.home / "images/oci").glob("*.tar.gz")]
    assert left == []


def test_the_one_for_the_platform_is_taken(shop: Shop) -> None:
    amd = shop.registry.manifests["base", "1"]
    digest = shop.registry.put_manifest("base", "amd", *amd)
    of = [("arm64", "sha256:" + "0" * 64), ("amd64", digest)]
    entries = [
        {"digest": each, "platform": {"os": "linux", "architecture": name}} for name, each in of
    ]
    kind = "application/vnd.oci.image.index.v1+json"
    shop.registry.put_manifest("base", "1", kind, json.dumps({"manifests": entries}).encode())

    shop.publish()

    with pytest.raises(ImageBuildError, match=r"for linux-riscv64 .* linux/arm64, linux/amd64"):
        shop.publish(replace(shop.bundle(), platform="linux-riscv64"))


def test_a_base_image_that_does_not_fit_is_refused_before_anything_is_made(shop: Shop) -> None:
    with pytest.raises(ImageBuildError, match="the base image for x86_64") as caught:
        shop.publish(replace(shop.bundle(), platform="linux-aarch64"))

    assert caught.value.code is ErrorCode.BASE_IMAGE_UNSUITABLE
    assert shop.recipes.made == []
    assert shop.registry.received == 0


def test_a_missing_base_image_is_named(shop: Shop) -> None:
    with pytest.raises(RegistryError, match="/base has no 2") as caught:
        shop.publish(shop.bundle(reference=f"{shop.registry.host}/base:2"))

    assert caught.value.code is ErrorCode.REGISTRY_IMAGE_NOT_FOUND


def test_a_base_image_of_the_engine_here_is_told_apart(shop: Shop) -> None:
    with pytest.raises(ImageBuildError, match="one of the container engine here") as caught:
        shop.publish(shop.bundle(reference="localhost/own-base:1"))

    assert caught.value.code is ErrorCode.BASE_IMAGE_UNSUITABLE


def test_steps_of_a_dockerfile_take_an_engine(shop: Shop) -> None:
    bundle = shop.bundle(steps="RUN ldconfig")

    published = shop.publish(bundle)

    name = f"{shop.registry.host}/team/svc"
    assert published.reference.startswith(f"{name}@sha256:")
    assert shop.registry.seen == []
    shop.builder.refuse = EngineUnavailableError([("unix:///x", "no such socket")])
    with pytest.raises(ImageBuildError, match="cannot be run without a container engine") as caught:
        shop.publish(bundle)
    assert caught.value.code is ErrorCode.ENGINE_UNAVAILABLE
