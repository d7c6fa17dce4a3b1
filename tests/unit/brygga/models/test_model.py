"""What can be done with models that are registered."""

from pathlib import Path

import pytest

from brygga.errors import (
    AlreadyExistsError,
    CorruptError,
    InUseError,
    InvalidInputError,
    NotFoundError,
    StoreError,
)
from brygga.models import ModelCollection
from brygga.store.rows import ModelFile
from brygga.store.store import Store
from brygga.testing.stores import a_model, a_revision


def test_the_latest_or_a_version_is_fetched(models: ModelCollection, file: Path) -> None:
    for _ in range(3):
        models.register("m", file)
    assert models.get("m").version == 3
    assert models.get("m", 2).id == "m:2"
    assert models.get("m:1").version == 1
    found = models.find("m:2")
    assert found is not None
    assert found.version == 2
    assert models.find("m:9") is None
    assert models.find("x") is None


def test_a_missing_version_names_those_there_are(models: ModelCollection, file: Path) -> None:
    models.register("m", file)
    models.register("m", file)
    with pytest.raises(NotFoundError, match=r"no model 'm:7'\. There are: m:1, m:2\."):
        models.get("m", 7)


def test_a_missing_name_is_answered_with_near_ones(models: ModelCollection, file: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no model yet"):
        models.get("sklearn_mnits")
    models.register("sklearn_mnist", file)
    with pytest.raises(NotFoundError, match=r"Did you mean sklearn_mnist\?"):
        models.get("sklearn_mnits")
    with pytest.raises(NotFoundError, match="There are: sklearn_mnist"):
        models.get("zzz:3")


@pytest.mark.parametrize("reference", ["m:", "m:x", "m:-1", "m:1:2", "m:²", "m:" + "9" * 30])
def test_a_reference_that_names_no_version_is_refused(
    models: ModelCollection, reference: str
) -> None:
    with pytest.raises(InvalidInputError, match="name:3"):
        models.get(reference)


def test_lists_are_filtered(models: ModelCollection, file: Path) -> None:
    models.register("a", file, tags={"k": "v"}, framework="Onnx")
    models.register("a", file, properties={"p": "q"})
    models.register("b", file, tags={"k": "w"})
    assert [m.id for m in models.list()] == ["a:1", "a:2", "b:1"]
    assert [m.id for m in models.list("a", latest=True)] == ["a:2"]
    assert [m.id for m in models.list(tags=["k=v"])] == ["a:1"]
    assert [m.id for m in models.list(properties=["p"])] == ["a:2"]
    assert [m.id for m in models.list(framework="Onnx")] == ["a:1"]


def test_tags_properties_and_description_change(models: ModelCollection, file: Path) -> None:
    model = models.register("m", file, tags={"a": "1"}, properties={"p": "q"})
    model.add_tags({"b": "2", "a": "9"})
    model.remove_tags(["b", "not-there"])
    model.add_properties({"r": "s", "p": "q"})
    model.update(description="new")
    for seen in (model, models.get("m")):
        assert (seen.tags, seen.properties) == ({"a": "9"}, {"p": "q", "r": "s"})
        assert seen.description == "new"
    with pytest.raises(InvalidInputError, match="Properties stay"):
        model.add_properties({"p": "other"})
    with pytest.raises(InvalidInputError, match="not a key for a tag"):
        model.add_tags({"a=b": "x"})


def test_changing_the_mapping_that_was_read_changes_nothing(
    models: ModelCollection, file: Path
) -> None:
    model = models.register("m", file, tags={"a": "1"})
    dict(model.tags).clear()
    model.tags.clear()  # type: ignore[attr-defined]
    assert model.tags == {"a": "1"}


def test_a_file_is_downloaded_under_its_own_name(
    models: ModelCollection, file: Path, tmp_path: Path
) -> None:
    model = models.register("m", file)
    written = model.download(tmp_path / "new/place")
    assert written == tmp_path / "new/place/sklearn_mnist_model.pkl"
    assert written.read_bytes() == b"a model"
    assert list(written.parent.iterdir()) == [written]


def test_a_folder_is_downloaded_with_its_modes(
    models: ModelCollection, folder: Path, tmp_path: Path
) -> None:
    written = models.register("m", folder).download(str(tmp_path / "out"))
    assert written == tmp_path / "out/saved"
    relative = sorted(str(p.relative_to(written)) for p in written.rglob("*"))
    assert relative == ["config.json", "deep", "deep/empty", "deep/weights.bin", "run.sh"]
    assert (written / "run.sh").stat().st_mode & 0o111 == 0o111
    assert (written / "config.json").stat().st_mode & 0o111 == 0
    assert models.register("again", written).sha256 == models.get("m").sha256


def test_nothing_is_overwritten_unasked(models: ModelCollection, file: Path) -> None:
    model = models.register("m", file)
    file.write_bytes(b"precious")
    with pytest.raises(AlreadyExistsError, match="exist_ok=True"):
        model.download(file.parent)
    assert file.read_bytes() == b"precious"
    model.download(file.parent, exist_ok=True)
    assert file.read_bytes() == b"a model"


def test_overwriting_a_folder_keeps_what_is_not_the_models(
    models: ModelCollection, folder: Path
) -> None:
    model = models.register("m", folder)
    (folder / "config.json").write_text("changed")
    (folder / "notes").write_text("mine")
    (folder / "deep/weights.bin").unlink()
    model.download(folder.parent, exist_ok=True)
    assert (folder / "config.json").read_text() == "{}"
    assert (folder / "deep/weights.bin").read_bytes() == b"weights"
    assert (folder / "notes").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_reported(
    models: ModelCollection, file: Path, tmp_path: Path
) -> None:
    model = models.register("m", file)
    (tmp_path / "out" / file.name / "sub").mkdir(parents=True)
    with pytest.raises(InvalidInputError, match="cannot be written"):
        model.download(tmp_path / "out", exist_ok=True)
    assert (tmp_path / "out" / file.name / "sub").is_dir()


def test_damaged_content_is_not_downloaded(
    models: ModelCollection, folder: Path, tmp_path: Path
) -> None:
    model = models.register("m", folder)
    damaged = models.blobs.path_of(model.files[-1].sha256)
    damaged.chmod(0o644)
    damaged.write_bytes(b"#!/bin/evil")
    with pytest.raises(CorruptError):
        model.download(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("path", ["../evil", "/evil", "a/../../evil", ""])
def test_a_path_that_leads_out_is_not_followed(
    models: ModelCollection, store: Store, tmp_path: Path, path: str
) -> None:
    blob = models.blobs.put_bytes(b"x")
    store.models.add(a_model(files=(ModelFile(path, blob.sha256, 1),)))
    with pytest.raises(StoreError, match="leads out of its model"):
        models.get("m").download(tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_content_goes_with_the_last_that_names_it(
    models: ModelCollection, store: Store, file: Path
) -> None:
    first, second = models.register("m", file), models.register("n", file)
    first.delete()
    first.delete()
    assert models.blobs.has(second.sha256)
    code = {"code": [{"sha256": second.sha256}]}
    store.services.add_revision(a_revision(bundle=code))
    second.delete()
    assert models.blobs.has(second.sha256)
    third = models.register("m", file)
    assert third.version == 2
    store.services.delete("svc")
    third.delete()
    assert not models.blobs.has(third.sha256)


def test_content_stays_while_somebody_takes_content_in(models: ModelCollection, file: Path) -> None:
    model = models.register("m", file)
    with models.blobs.keeping():
        model.delete()
    assert models.blobs.has(model.sha256)
    assert models.find("m") is None


def test_a_model_in_use_is_not_deleted(models: ModelCollection, store: Store, file: Path) -> None:
    model = models.register("m", file)
    store.services.add_revision(a_revision(models=(("m", 1),)))
    with pytest.raises(InUseError, match="'m:1' is used by svc revision 1"):
        model.delete()
    assert models.blobs.has(model.sha256)
