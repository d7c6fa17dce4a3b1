"""What is registered, and what is refused."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga.errors import InvalidInputError, InvalidNameError
from brygga.models import ModelCollection


def test_a_file_keeps_its_name_and_digest(models: ModelCollection, file: Path) -> None:
    model = models.register(
        "sklearn_mnist",
        file,
        tags={"data": "mnist"},
        properties={"p": "q"},
        description="text",
        framework="ScikitLearn",
        framework_version="1.5",
    )
    assert (model.id, model.name, model.version) == ("sklearn_mnist:1", "sklearn_mnist", 1)
    assert model.sha256 == hashlib.sha256(b"a model").hexdigest()
    assert [(f.path, f.sha256, f.size) for f in model.files] == [(file.name, model.sha256, 7)]
    assert model.size == 7
    assert (model.tags, model.properties) == ({"data": "mnist"}, {"p": "q"})
    assert (model.framework, model.framework_version) == ("ScikitLearn", "1.5")
    assert model.description == "text"


def test_a_folder_keeps_its_files_and_executable_bits(
    models: ModelCollection, folder: Path
) -> None:
    model = models.register("m", folder)
    assert [(f.path, f.executable) for f in model.files] == [
        ("saved/config.json", False),
        ("saved/deep/empty", False),
        ("saved/deep/weights.bin", False),
        ("saved/run.sh", True),
    ]
    assert model.size == 2 + 7 + 10


def test_the_digest_of_a_folder_is_of_its_content_not_of_its_name(
    models: ModelCollection, folder: Path, tmp_path: Path
) -> None:
    first = models.register("m", folder)
    same = models.register("n", shutil.copytree(folder, tmp_path / "elsewhere"))
    assert same.sha256 == first.sha256
    (folder / "run.sh").chmod(0o644)
    assert models.register("m", folder).sha256 != first.sha256


def test_relative_paths_and_dots_have_a_name(
    models: ModelCollection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert models.register("m", ".").files[0].path == "saved/config.json"
    assert models.register("m", "config.json").files[0].path == "config.json"
    monkeypatch.chdir(folder / "deep")
    assert models.register("m", "..").files[0].path == "saved/config.json"
    assert models.register("m", "./../deep/weights.bin").files[0].path == "weights.bin"


def test_links_within_the_folder_become_what_they_lead_to(
    models: ModelCollection, folder: Path
) -> None:
    (folder / "link.bin").symlink_to("deep/weights.bin")
    (folder / "again").symlink_to("deep")
    paths = {f.path: f.sha256 for f in models.register("m", folder).files}
    assert paths["saved/link.bin"] == paths["saved/deep/weights.bin"]
    assert paths["saved/again/weights.bin"] == paths["saved/deep/weights.bin"]


def test_a_link_that_was_named_itself_is_followed(
    models: ModelCollection, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "latest").symlink_to(folder)
    (tmp_path / "latest.bin").symlink_to(folder / "deep/weights.bin")
    assert models.register("m", tmp_path / "latest").files[0].path == "latest/config.json"
    assert models.register("m", tmp_path / "latest.bin").files[0].path == "latest.bin"


def _refused(models: ModelCollection, path: str | Path, match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        models.register("m", path)
    assert models.list() == []


def test_a_missing_path_is_refused(models: ModelCollection, tmp_path: Path) -> None:
    _refused(models, tmp_path / "nope.pkl", r"no file or folder '.*nope\.pkl'")
    (tmp_path / "dangling").symlink_to("nowhere")
    _refused(models, tmp_path / "dangling", "no file or folder")
    _refused(models, "x\0y", "cannot be read")


def test_what_is_empty_is_refused(models: ModelCollection, tmp_path: Path) -> None:
    (tmp_path / "empty.pkl").touch()
    _refused(models, tmp_path / "empty.pkl", r"empty\.pkl is empty")
    (tmp_path / "hollow/in/side").mkdir(parents=True)
    _refused(models, tmp_path / "hollow", "hollow has no files")


def test_what_cannot_be_read_is_refused(
    models: ModelCollection, file: Path, folder: Path, tmp_path: Path
) -> None:
    file.chmod(0)
    (folder / "deep").chmod(0)
    with unprivileged(tmp_path):
        _refused(models, file, "Permission denied")
        _refused(models, folder, "deep.*Permission denied")
    (folder / "deep").chmod(0o700)


def test_links_that_leave_the_folder_are_refused(
    models: ModelCollection, folder: Path, file: Path
) -> None:
    (folder / "out").symlink_to(file)
    _refused(models, folder, r"link .*out leaves the folder: it leads to .*\.pkl")


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_links_that_lead_back_are_refused(
    models: ModelCollection, folder: Path, target: str
) -> None:
    (folder / "deep/loop").symlink_to(target)
    _refused(models, folder, "loop (leads back|leaves)")


def test_links_that_lead_nowhere_are_refused(models: ModelCollection, folder: Path) -> None:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    _refused(models, folder, "one leads nowhere")


def test_special_files_are_refused(models: ModelCollection, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    _refused(models, folder, "pipe is neither")
    _refused(models, folder / "pipe", "pipe is neither")
    _refused(models, "/dev/null", "/dev/null is neither")
    (folder / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        _refused(models, folder, "socket is neither")


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\x85b", "a\u2028b"])
def test_names_with_control_characters_are_refused(
    models: ModelCollection, folder: Path, name: str
) -> None:
    (folder / name).write_text("x")
    _refused(models, folder, "control character")
    _refused(models, folder / name, "control character")


def test_names_that_are_no_text_are_refused(models: ModelCollection, folder: Path) -> None:
    (folder / os.fsdecode(b"a\xff")).write_text("x")
    _refused(models, folder, "is not UTF-8")


@pytest.mark.parametrize("name", ["", "-a", ".a", "a b", "a/b", "a:1", "ü", "a" * 256, "a\n"])
def test_names_that_break_the_rule_are_refused(
    models: ModelCollection, file: Path, name: str
) -> None:
    with pytest.raises(InvalidNameError, match="at most 255 letters"):
        models.register(name, file)


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "9", "a" * 255])
def test_names_that_keep_the_rule_are_taken(models: ModelCollection, file: Path, name: str) -> None:
    assert models.register(name, file).name == name


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": {"": "x"}},
        {"tags": {"a=b": "x"}},
        {"tags": {"a\nb": "x"}},
        {"tags": {"a": 1}},
        {"tags": {1: "a"}},
        {"properties": {"a": "\0"}},
        {"properties": {"a": "\ud800"}},
        {"description": "x" * 100_000},
        {"description": 5},
        {"framework_version": "1"},
    ],
)
def test_texts_that_cannot_be_kept_are_refused(
    models: ModelCollection, file: Path, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError):
        models.register("m", file, **fields)  # type: ignore[arg-type]
    assert models.list() == []
