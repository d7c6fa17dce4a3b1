"""Layers: the same bytes for the same files, as any tar and gzip read them."""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from brygga.images.oci.layer import Layer, Tree, write_layer


def filled(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/tool").write_text("#!/bin/sh\n")
    (folder / "bin/tool").chmod(0o750)
    (folder / "bin/python").symlink_to("/usr/bin/python3")
    (folder / "data").write_bytes(os.urandom(16) * 200_000)
    (folder / ("long" * 40)).write_text("ü")
    (folder / "ünïcode").write_text("x")
    return folder


def packed(*trees: Tree, compress: bool) -> tuple[Layer, bytes]:
    file = io.BytesIO()
    layer = write_layer(trees, file, compress=compress)
    return layer, file.getvalue()


def members(content: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: member for member in archive}


def test_what_is_in_it(tmp_path: Path) -> None:
    folder = filled(tmp_path / "env")

    layer, content = packed(Tree(folder, "/opt/brygga/env"), compress=True)

    unpacked = gzip.decompress(content)
    assert layer.blob.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert layer.blob.size == len(content)
    assert layer.diff_id == f"sha256:{hashlib.sha256(unpacked).hexdigest()}"
    found = members(unpacked)
    place = "opt/brygga/env"
    assert list(found) == sorted(found)
    assert set(found) == {
        place, f"{place}/bin", f"{place}/bin/python", f"{place}/bin/tool", f"{place}/data",
        f"{place}/{'long' * 40}", f"{place}/ünïcode",
    }  # fmt: skip
    assert {(m.uid, m.gid, m.uname, m.mtime) for m in found.values()} == {(0, 0, "", 315532800)}
    modes = {name.rpartition("/")[2]: member.mode for name, member in found.items()}
    assert (modes["tool"], modes["data"], modes["bin"]) == (0o755, 0o644, 0o755)
    assert found[f"{place}/bin/python"].linkname == "/usr/bin/python3"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        data = archive.extractfile(f"{place}/data")
        assert data is not None
        assert data.read() == (folder / "data").read_bytes()


@pytest.mark.parametrize("compress", [True, False])
def test_the_same_files_are_the_same_bytes(tmp_path: Path, compress: bool) -> None:
    first, second = filled(tmp_path / "a"), tmp_path / "b"
    shutil.copytree(first, second, symlinks=True)
    os.utime(second / "data", (1, 1))
    (second / "data").chmod(0o600)

    one = packed(Tree(first, "/app"), compress=compress)
    other = packed(Tree(second, "/app"), compress=compress)

    assert one == other
    assert packed(Tree(first, "/elsewhere"), compress=compress)[0] != one[0]


def test_one_processor_packs_the_same_as_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path / "a")
    many = packed(Tree(folder, "/app"), compress=True)

    monkeypatch.setattr(os, "cpu_count", lambda: 1)

    assert packed(Tree(folder, "/app"), compress=True) == many


def test_folders_that_a_base_image_has_are_not_said_anew(tmp_path: Path) -> None:
    (tmp_path / "files/opt/brygga").mkdir(parents=True)
    (tmp_path / "files/opt/brygga/serve.json").write_text("{}")
    (tmp_path / "files/app").mkdir()

    _, content = packed(Tree(tmp_path / "files", "/"), compress=False)

    assert list(members(content)) == ["app", "opt/brygga", "opt/brygga/serve.json"]


def test_several_trees_are_one_layer(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one"), filled(tmp_path / "other")

    _, content = packed(Tree(other, "/opt/b"), Tree(one, "/opt/a"), compress=False)

    names = list(members(content))
    assert names == sorted(names)
    assert {name.split("/")[1] for name in names} == {"a", "b"}


def test_a_part_of_a_tree_is_a_layer(tmp_path: Path) -> None:
    (tmp_path / "env/lib/__pycache__").mkdir(parents=True)
    for name in ("lib/a.py", "lib/__pycache__/a.pyc"):
        (tmp_path / "env" / name).write_text("x")

    _, content = packed(Tree(tmp_path / "env", "/opt/env", only="__pycache__"), compress=False)

    assert list(members(content)) == ["opt/env/lib/__pycache__", "opt/env/lib/__pycache__/a.pyc"]
