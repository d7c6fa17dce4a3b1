import hashlib
import os
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga.errors import CorruptError, InvalidInputError, StoreError
from brygga.store.blobs import Blob, BlobStore

CONTENT = b"some content" * 200_000  # more than two pieces
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def _all_files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")


def test_content_comes_back(blobs: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(CONTENT)
    assert not blobs.has(DIGEST)
    assert blobs.put_file(file) == Blob(DIGEST, len(CONTENT))
    assert blobs.put_bytes(CONTENT) == Blob(DIGEST, len(CONTENT))
    assert blobs.has(DIGEST)
    with blobs.open(DIGEST) as opened:
        assert opened.read() == CONTENT
    assert (tmp_path / "blobs/sha256" / DIGEST[:2] / DIGEST[2:]).read_bytes() == CONTENT
    assert _all_files(tmp_path / "blobs") == [DIGEST[2:]]


def test_a_copy_has_the_mode_it_is_given(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"x").sha256
    blobs.copy_to(digest, tmp_path / "deep/er/plain")
    blobs.copy_to(digest, tmp_path / "program", executable=True)
    assert (tmp_path / "deep/er/plain").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "program").stat().st_mode & 0o777 == 0o755


def test_a_copy_is_no_link_to_the_content(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"x").sha256
    blobs.copy_to(digest, tmp_path / "copy")
    (tmp_path / "copy").write_bytes(b"changed")
    blobs.copy_to(digest, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b"x"


def test_damaged_content_is_never_handed_out_by_copying(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"good").sha256
    kept = blobs.path_of(digest)
    kept.chmod(0o644)
    kept.write_bytes(b"evil")
    target = tmp_path / "target"
    target.write_bytes(b"before")
    with pytest.raises(CorruptError, match=digest):
        blobs.copy_to(digest, target)
    assert target.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["blobs", "target"]


def test_putting_it_again_mends_damaged_content(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"good").sha256
    blobs.path_of(digest).chmod(0o644)
    blobs.path_of(digest).write_bytes(b"evil")
    blobs.put_bytes(b"good")
    blobs.copy_to(digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"good"


def test_missing_content_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"sha256:{DIGEST} is missing"):
        blobs.copy_to(DIGEST, tmp_path / "copy")


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "a" * 63])
def test_only_a_sha256_names_content(blobs: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="is not a sha256"):
        blobs.has(name)


def test_deleting_is_idempotent(blobs: BlobStore) -> None:
    digest = blobs.put_bytes(b"x").sha256
    blobs.delete(digest)
    blobs.delete(digest)
    assert not blobs.has(digest)


def test_what_is_no_file_is_refused(blobs: BlobStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="pipe is not a regular file"):
        blobs.put_file(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="missing cannot be read: No such file"):
        blobs.put_file(tmp_path / "missing")
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "secret").chmod(0)
    with unprivileged(tmp_path), pytest.raises(InvalidInputError, match="secret cannot be read"):
        blobs.put_file(tmp_path / "secret")


def test_a_full_disk_is_the_stores_fault_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    blobs.put_bytes(b"x")
    (tmp_path / "blobs/sha256").chmod(0o555)
    with unprivileged(tmp_path), pytest.raises(StoreError, match="can only be read here"):
        blobs.put_bytes(b"y")
    assert len(_all_files(tmp_path / "blobs")) == 1


def test_what_killed_writers_left_is_cleared_away(blobs: BlobStore, tmp_path: Path) -> None:
    blobs.put_bytes(b"x")
    leftover = tmp_path / "blobs/sha256/.partial-abc"
    leftover.write_bytes(b"half")
    with blobs.keeping():
        assert not leftover.exists()


def test_nobody_collects_while_content_is_put(blobs: BlobStore) -> None:
    with blobs.keeping(), blobs.keeping():
        blobs.put_bytes(b"x")
        with blobs.collecting() as alone:
            assert not alone
    with blobs.collecting() as alone:
        assert alone
