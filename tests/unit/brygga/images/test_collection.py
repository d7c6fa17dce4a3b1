"""Registered images over a builder that builds nothing."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from brygga.environments import Environment
from brygga.environments.lock import Lock
from brygga.errors import (
    EngineUnavailableError,
    ImageBuildError,
    InUseError,
    InvalidInputError,
    InvalidNameError,
    NotFoundError,
)
from brygga.images import Image, ImageCollection
from brygga.images.assemble import Assembler
from brygga.images.builds import Builds
from brygga.images.bundle import ImageBase
from brygga.models import ModelCollection
from brygga.operations import OperationCollection
from brygga.store.blobs import BlobStore
from brygga.store.rows import NewRevision
from brygga.store.store import Store, open_store
from brygga.testing.images import FakeImageBuilder
from brygga.testing.stores import KEY

SCRIPT = "def init(): ...\ndef run(data): return data\n"


@dataclass
class House:
    """A collection of images with its parts at hand."""

    store: Store
    models: ModelCollection
    builder: FakeImageBuilder
    folder: Path

    @property
    def images(self) -> ImageCollection:
        def resolve(_environment: object, _progress: object) -> Lock:
            return Lock("", "3.11", "linux-x86_64")

        assembler = Assembler(self.models, self.models.blobs, resolve, lambda: "d" * 64)
        builds = Builds(self.folder / "images", self.builder)
        return ImageCollection(
            self.store.images,
            assembler,
            builds,
            "python:{python}-slim",
            OperationCollection(self.folder / "operations"),
        )

    def create(self, name: str = "echo", text: str = SCRIPT, **options: object) -> Image:
        (self.folder / "score.py").write_text(text)
        create: Callable[..., Image] = self.images.create
        image = create(name, entry_script=self.folder / "score.py", **options)
        with contextlib.suppress(ImageBuildError):
            image.wait_for_creation()
        return image


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> House:
    store = open_store(store_url, KEY)
    return House(
        store, ModelCollection(store, BlobStore(tmp_path / "blobs")), FakeImageBuilder(), tmp_path
    )


def test_an_image_is_registered_and_built(house: House) -> None:
    (house.folder / "m.pkl").write_text("model")
    house.models.register("mnist", house.folder / "m.pkl")

    image = house.create(models=["mnist"], tags={"a": "b"}, properties={"c": "d"}, description="x")

    assert (image.id, image.models, image.tags) == ("echo:1", ("mnist:1",), {"a": "b"})
    assert (image.properties, image.description) == ({"c": "d"}, "x")
    assert image.creation_state == "Succeeded"
    assert image.location == f"fake/service:{image.digest[:20]}"
    assert image.size == 1000
    assert image.digests["models"] == {"mnist:1": image.bundle.models[0].sha256}
    assert image.digests["layers"] == {"fake/base": "sha256:0"}
    assert image.bundle.base is not None
    assert image.bundle.base.reference == "python:3.11-slim"


def test_what_an_environment_is_based_on_is_a_part_of_the_bundle(house: House) -> None:
    environment = Environment.from_packages([])

    plain = house.create(environment=environment)
    steps = house.create(environment=environment.based_on("my/base:1", extra_steps="RUN true"))
    other = house.create(
        environment=environment.based_on("my/base:1", extra_steps="RUN true"), base_image="b:2"
    )

    assert steps.bundle.base == ImageBase("my/base:1", steps="RUN true", own_packages=True)
    assert other.bundle.base == ImageBase("b:2", steps="RUN true", own_packages=True)
    assert len({plain.digest, steps.digest, other.digest}) == 3


def test_each_one_is_the_next_version_of_its_name(house: House) -> None:
    house.create()
    second = house.create()

    assert [i.id for i in house.images.list()] == ["echo:1", "echo:2"]
    assert house.images.get("echo").id == second.id == house.images.get("echo:2").id
    assert house.images.get("echo", 1).digest == second.digest


def test_filters(house: House) -> None:
    (house.folder / "m.pkl").write_text("model")
    house.models.register("mnist", house.folder / "m.pkl")
    house.create("one", models=["mnist:1"], tags={"k": "v"})
    house.create("two", properties={"k": "v"})

    listed = house.images.list
    assert [i.name for i in listed(tags=["k"])] == ["one"]
    assert [i.name for i in listed(tags=["k=w"])] == []
    assert [i.name for i in listed(properties=["k=v"])] == ["two"]
    assert [i.name for i in listed(model="mnist")] == ["one"] == [i.name for i in listed("one")]


def test_an_unknown_one_names_those_there_are(house: House) -> None:
    house.create()

    with pytest.raises(NotFoundError, match="echo:1"):
        house.images.get("echo:7")
    with pytest.raises(NotFoundError, match="There are: echo"):
        house.images.get("other")
    with pytest.raises(InvalidInputError, match="'x' is not a version"):
        house.images.get("echo:x")


def test_without_an_engine_the_bundle_is_what_there_is(house: House) -> None:
    house.builder.refuse = EngineUnavailableError([("unix:///x.sock", "no such socket")])

    image = house.create()
    image.wait_for_creation()

    assert (image.creation_state, image.location, image.size) == ("Succeeded", None, None)
    assert "unix:///x.sock (no such socket)" in image.build_log()


def test_a_build_that_fails_says_why(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.builder.refuse = ImageBuildError("x", "the disk is full", hint="Make room.")

    image = house.create()

    assert (image.creation_state, image.error) == (
        "Failed",
        "The image x cannot be made: the disk is full",
    )
    with pytest.raises(ImageBuildError, match="the disk is full") as caught:
        image.wait_for_creation(show_output=True)
    assert caught.value.hint == "Make room."
    assert "the disk is full" in caught.value.log[-1]
    assert capsys.readouterr().out.startswith("Building.\n")


def test_an_interrupted_build_is_begun_anew_by_who_waits(house: House) -> None:
    image = house.create()
    (house.folder / "images" / image.digest / "outcome.json").unlink()
    assert (image.creation_state, image.error[:25]) == ("Failed", "Its build was interrupted")

    image.wait_for_creation()

    assert image.creation_state == "Succeeded"
    assert len(house.builder.built) == 2


def test_tags_can_be_changed(house: House) -> None:
    image = house.create(tags={"a": "1", "b": "2"})

    image.add_tags({"c": "3"})
    image.remove_tags(["a"])

    assert image.tags == house.images.get("echo").tags == {"b": "2", "c": "3"}


def test_delete_removes_the_image_with_its_last_version(house: House) -> None:
    first, second = house.create(), house.create()

    first.delete()
    assert house.builder.removed == []
    second.delete()
    second.delete()

    assert house.images.list() == []
    assert house.builder.removed == [second.bundle] * 2


def test_one_in_use_cannot_be_deleted_and_neither_can_its_model(house: House) -> None:
    (house.folder / "m.pkl").write_text("model")
    model = house.models.register("mnist", house.folder / "m.pkl")
    image = house.create(models=[model])
    house.store.services.add_revision(
        NewRevision("svc", "fake", None, {}, image.bundle.to_dict(), image.digest)
    )

    with pytest.raises(InUseError, match="image 'echo:1' is used by svc revision 1"):
        image.delete()
    with pytest.raises(InUseError, match="image echo:1"):
        model.delete()

    house.store.services.delete("svc")
    image.delete()
    model.delete()


def test_content_of_an_image_is_in_use(house: House) -> None:
    image = house.create()
    code = image.bundle.code[0].sha256

    assert house.store.blobs_in_use([code, "e" * 64]) == {code}
    image.delete()
    assert house.store.blobs_in_use([code]) == set()


def test_a_bad_name_changes_nothing(house: House) -> None:
    with pytest.raises(InvalidNameError, match="image"):
        house.create("a b")

    assert house.images.list() == []
