"""A workspace as a file and back: whole, verified, resumable, while others work."""

from __future__ import annotations

import json
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from support.home import Home

from brygga import Workspace
from brygga.backup import Places, making
from brygga.backup.archive import ArchiveWriter
from brygga.error_codes import ErrorCode
from brygga.errors import (
    AlreadyExistsError,
    BryggaError,
    CorruptError,
    InvalidInputError,
    NotFoundError,
    StoreError,
)
from brygga.settings import Settings
from brygga.store.blobs import BlobStore
from brygga.store.secrets import KeyPair
from brygga.store.store import Store
from brygga.workspace_backup import RestoredWorkspace

KEYS = KeyPair("first-secret", "second-secret")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With two models, a service with keys, a secret, a file beside it, and a local wheel."""
    settings = Settings(home=tmp_path / "home")
    home = Home(settings, Workspace.create("team", settings=settings))
    for name in ("m", "n"):
        (tmp_path / name).write_bytes(name.encode() * 3000)
        home.workspace.models.register(name, tmp_path / name, tags={"a": "b"})
    home.deployed(models=[])
    home.wiring.secrets.set_keys("svc", KEYS)
    home.workspace.secrets.set({"TOKEN": "hidden"})
    (home.folder.data / "notes").mkdir(parents=True)
    (home.folder.data / "notes/x.txt").write_text("beside it")
    home.wiring.blobs.put_bytes(b"unused")
    return home


@pytest.fixture
def file(home: Home, tmp_path: Path) -> Path:
    home.workspace.backup(tmp_path / "team.backup")
    return tmp_path / "team.backup"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "elsewhere")


def _restore(file: Path, settings: Settings, **options: object) -> RestoredWorkspace:
    return Workspace.restore(file, settings=settings, **options)  # type: ignore[arg-type]


def test_all_of_it_comes_back(home: Home, file: Path, elsewhere: Settings, tmp_path: Path) -> None:
    done = _restore(file, elsewhere)

    there = done.workspace
    assert (done.deploy, done.restart) == (("svc",), ())
    assert [m.id for m in there.models.list()] == ["m:1", "n:1"]
    assert there.models.get("m").download(tmp_path / "out").read_bytes() == b"m" * 3000
    assert there._wiring.secrets.keys("svc") == KEYS
    assert there.secrets.all() == {"TOKEN": "hidden"}
    assert (there.data_folder / "notes/x.txt").read_text() == "beside it"
    assert there.services.get("svc").is_here
    assert there.models.register("m", tmp_path / "m").version == 2
    assert len(there._wiring.blobs.sizes()) == 2  # not what nothing had named
    assert home.workspace.services.get("svc").is_here


def test_a_file_is_there_whole_or_not_at_all(
    home: Home, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(AlreadyExistsError, match=r"team\.backup' exists already") as caught:
        home.workspace.backup(file)
    assert "overwrite=True" in caught.value.hint

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "_add_blobs", interrupted)
    for path in (file, tmp_path / "new.backup"):
        with pytest.raises(KeyboardInterrupt):
            home.workspace.backup(path, overwrite=True)
    assert file.read_bytes() == before
    assert not (tmp_path / "new.backup").exists()
    assert not list(tmp_path.glob(".partial-*"))
    with pytest.raises(InvalidInputError, match="There is no folder"):
        home.workspace.backup(tmp_path / "m" / "x.backup")


def test_who_was_interrupted_goes_on(
    file: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[str] = []
    ordinary, rows = BlobStore.put_verified, Store.replace_rows

    def second_fails(self: BlobStore, source: object, sha256: str) -> None:
        put.append(sha256)
        if len(put) == 2:
            raise KeyboardInterrupt
        ordinary(self, source, sha256)  # type: ignore[arg-type]

    def after_the_rows(self: Store, *args: object, **options: object) -> None:
        rows(self, *args, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(BlobStore, "put_verified", second_fails)
    with pytest.raises(KeyboardInterrupt):
        _restore(file, elsewhere)
    with pytest.raises(NotFoundError, match="There is no workspace 'team'"):
        Workspace.get("team", settings=elsewhere)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "replace_rows", after_the_rows)
        with pytest.raises(KeyboardInterrupt):
            _restore(file, elsewhere)
    assert Workspace.list(settings=elsewhere) == []

    there = _restore(file, elsewhere).workspace

    assert len(put) == 3  # the first was passed over twice, the second once
    assert [m.id for m in there.models.list()] == ["m:1", "n:1"]


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("rows.ndjson", "rows.ndjson"),
        ("secrets.json", "secrets.json"),
        ("data/notes/x.txt", "data/notes/x.txt"),
        ("blobs/", "which is of the model m:1, m"),
    ],
)
def test_what_is_damaged_is_named_and_changes_nothing(
    file: Path, elsewhere: Settings, entry: str, named: str
) -> None:
    with tarfile.open(file) as tar:
        found = next(e for e in tar if e.name.startswith(entry) and _is_of_m(tar, e))
    data = bytearray(file.read_bytes())
    data[found.offset_data + found.size // 2] ^= 1
    file.write_bytes(data)

    with pytest.raises(StoreError, match="is damaged: ") as caught:
        _restore(file, elsewhere)

    assert caught.value.code is ErrorCode.BACKUP_DAMAGED
    assert named in caught.value.message
    assert Workspace.list(settings=elsewhere) == []


def _is_of_m(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bool:
    content = tar.extractfile(entry)
    assert content is not None
    return not entry.name.startswith("blobs/") or content.read(1) == b"m"


def test_a_file_that_ends_too_early_is_never_taken_for_whole(
    file: Path, elsewhere: Settings
) -> None:
    whole = file.read_bytes()
    with tarfile.open(file) as tar:
        ends = [entry.offset for entry in tar] + [entry.offset_data + 1 for entry in tar]
    for end in (0, 1, 600, *ends):
        file.write_bytes(whole[:end])
        with pytest.raises(BryggaError, match=r"is damaged|is no backup"):
            _restore(file, elsewhere)
        assert Workspace.list(settings=elsewhere) == []


def test_other_files_are_no_backups(file: Path, elsewhere: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(file, "x")
    for path, why in ((tmp_path / "m", "is no backup"), (other, "begins with something else")):
        with pytest.raises(InvalidInputError, match=why):
            _restore(path, elsewhere)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        _restore(tmp_path, elsewhere)


@pytest.mark.parametrize(
    "name",
    [
        "data/../../../x",
        "data//etc/x",
        "data/./x",
        "data",
        "blobs/x",
        "blobs//x",
        "shared//etc/x",
        "shared/environments/x/bin/python",
        "/etc/x",
    ],
)
def test_nothing_is_written_elsewhere(
    home: Home, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ordinary = ArchiveWriter.finish

    def with_another(self: ArchiveWriter) -> None:
        self.add_bytes(name, b"evil")
        ordinary(self)

    monkeypatch.setattr(ArchiveWriter, "finish", with_another)
    home.workspace.backup(tmp_path / "evil.backup")
    with pytest.raises(StoreError, match="is damaged"):
        _restore(tmp_path / "evil.backup", elsewhere)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p.read_bytes() == b"evil"]


def test_over_what_is_there_only_if_that_is_said(home: Home, file: Path, tmp_path: Path) -> None:
    home.workspace.models.register("later", tmp_path / "m")
    home.wiring.secrets.set_keys("svc", KeyPair("newer", "newest"))
    with pytest.raises(StoreError, match="'team' has things in it"):
        _restore(file, home.settings)
    assert home.workspace.models.find("later") is not None

    _restore(file, home.settings, replace=True)

    assert home.workspace.models.find("later") is None
    assert home.wiring.secrets.keys("svc") == KEYS
    other = _restore(file, home.settings, name="copy").workspace
    assert (other.name, other.models.get("m").size) == ("copy", 3000)


def test_a_database_that_was_lost_comes_back_below_what_runs(home: Home, file: Path) -> None:
    home.wiring.secrets.set_keys("svc", KeyPair("newer", "newest"))
    running = home.folder.services / "svc"
    running.mkdir(parents=True)
    applied = {"version": 1, "revision": 1, "host": "127.0.0.1", "port": 20_000, "stopped": 1.0}
    (running / "service.json").write_text(json.dumps(applied))
    for gone in home.folder.path.glob("workspace.db*"):
        gone.write_bytes(b"")

    done = _restore(file, home.settings)

    assert (done.deploy, done.restart) == ((), ("svc",))
    assert done.workspace._wiring.secrets.keys("svc") == KeyPair("newer", "newest")


def test_what_goes_while_it_is_written_is_in_it(
    home: Home, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are of one moment, and what they name stays until it is written."""
    ordinary = making._add_blobs

    def meanwhile(*args: object) -> None:
        model = home.workspace.models.get("m")
        home.workspace.models.register("o", tmp_path / "m")
        model.delete()
        home.workspace.models.get("o").delete()
        home.workspace.collect_garbage()
        ordinary(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "_add_blobs", meanwhile)
    home.workspace.backup(tmp_path / "busy.backup")

    there = _restore(tmp_path / "busy.backup", elsewhere).workspace
    assert [m.id for m in there.models.list()] == ["m:1", "n:1"]
    assert there.models.get("m").download(tmp_path / "out").read_bytes() == b"m" * 3000


def test_keys_are_those_of_the_same_moment(
    home: Home, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary, calls = making._secrets, []

    def changing(places: Places) -> dict[str, bytes]:
        calls.append(1)
        if len(calls) == 2:
            home.wiring.secrets.set_keys("svc", KeyPair("newer", "newest"))
        return ordinary(places)

    monkeypatch.setattr(making, "_secrets", changing)
    home.workspace.backup(tmp_path / "busy.backup")
    assert len(calls) == 4
    there = _restore(tmp_path / "busy.backup", elsewhere).workspace
    assert there._wiring.secrets.keys("svc") == KeyPair("newer", "newest")


def test_content_that_is_damaged_or_gone_is_named(home: Home, tmp_path: Path) -> None:
    (digest,) = (file.sha256 for file in home.workspace.models.get("m").files)
    blob = home.wiring.blobs.path_of(digest)
    blob.chmod(0o600)
    blob.write_bytes(b"x" * 3000)
    with pytest.raises(CorruptError, match="Content of the model m:1, m does not match"):
        home.workspace.backup(tmp_path / "x.backup")
    blob.unlink()
    with pytest.raises(StoreError, match="Content of the model m:1, m is missing"):
        home.workspace.backup(tmp_path / "x.backup")
    assert not (tmp_path / "x.backup").exists()


def test_memory_does_not_grow_with_models(home: Home, elsewhere: Settings, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(48 << 20)
    home.workspace.models.register("large", tmp_path / "large")
    home.workspace.backup(tmp_path / "first.backup")  # what is imported by it is imported
    tracemalloc.start()
    try:
        home.workspace.backup(tmp_path / "x.backup")
        _restore(tmp_path / "x.backup", elsewhere)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
