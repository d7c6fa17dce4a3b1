"""The files of an image as its layers make them, one over the other."""

import io
import tarfile
from pathlib import Path

import pytest

from brygga.errors import ImageBuildError
from brygga.images.oci.layer_files import LayerFiles


def layer(path: Path, **entries: str) -> Path:
    """An archive: a text, `-> place` for a link, `= place` for a hard one, `/` for a folder."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in entries.items():
            entry = tarfile.TarInfo(f"./{name}")
            if text == "/":
                entry.type = tarfile.DIRTYPE
            elif text.startswith("-> "):
                entry.type, entry.linkname = tarfile.SYMTYPE, text[3:]
            elif text.startswith("= "):
                entry.type, entry.linkname = tarfile.LNKTYPE, text[2:]
            entry.size = len(text) if entry.type == tarfile.REGTYPE else 0
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def files(folder: Path, *layers: dict[str, str]) -> LayerFiles:
    made = [layer(folder / str(number), **each) for number, each in enumerate(layers)]
    return LayerFiles([lambda path=path: path for path in made])  # type: ignore[misc]


def test_links_are_followed_within_the_image(tmp_path: Path) -> None:
    found = files(
        tmp_path,
        {
            "usr/bin/python3.11": "program",
            "usr/bin/python3": "-> python3.11",
            "bin": "-> usr/bin",
            "opt/python": "-> /usr/bin/python3",
            "up": "-> ../../../usr/bin",
            "round": "-> round",
            "gone": "-> nowhere",
        },
    )

    for path in (
        "/usr/bin/python3",
        "/bin/python3",
        "/opt/python",
        "/up/python3",
        "/bin/../bin/python3",
    ):
        assert found.resolve(path) == "/usr/bin/python3.11", path
    assert found.resolve("/round") is None
    assert found.resolve("/gone") is None
    assert found.resolve("/usr/bin") == "/usr/bin"
    assert found.read("/usr/bin/python3.11", 4) == b"prog"


def test_the_upper_layer_decides(tmp_path: Path) -> None:
    found = files(
        tmp_path,
        {"etc/a": "below", "etc/b": "below", "old/x": "1", "old/y": "1", "was": "/", "was/in": "1"},
        {"etc/a": "above", "etc/.wh.b": "", "old/.wh..wh..opq": "", "old/z": "2", "was": "file"},
    )

    assert found.read("/etc/a", 99) == b"above"
    assert found.resolve("/etc/b") is None
    assert [name for name in "xyz" if found.resolve(f"/old/{name}")] == ["z"]
    assert found.resolve("/was/in") is None
    assert found.resolve("/was") == "/was"


def test_what_goes_is_only_that_of_layers_below_in_any_order(tmp_path: Path) -> None:
    found = files(tmp_path, {"a/old": "1", "b": "-> a"}, {"a/new": "2", ".wh.a": "", "b/in": "3"})

    assert found.read("/a/new", 99) == b"2"
    assert found.resolve("/a/old") is None
    assert found.resolve("/b") == "/a"


def test_a_hard_link_has_the_content_of_the_other(tmp_path: Path) -> None:
    found = files(tmp_path, {"bin/python3.11": "program", "bin/python3": "= bin/python3.11"})

    assert found.read("/bin/python3", 99) == b"program"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a tar archive")

    with pytest.raises(ImageBuildError, match="a layer of its base image cannot be read"):
        LayerFiles([lambda: tmp_path / "x"])
