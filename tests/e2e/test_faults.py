"""What a user reads when a disk, a database or a file fails: what, a way out, nothing lost."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.command import Command

SCRIPT = "import six\ndef init(): ...\ndef run(data): return {answer!r}\n"
DEPLOY = ("deploy", "svc", "--model", "m", "--entry-script", "score.py", "--package", "six==1.17.0")


@pytest.fixture
def kept(command: Command) -> Command:
    """A workspace with a model."""
    (command.folder / "m.bin").write_bytes(b"model")
    (command.folder / "score.py").write_text(SCRIPT.format(answer="old"))
    (command.folder / "input.json").write_text("1")
    command("model", "register", "m", "m.bin")
    return command


def database(command: Command) -> Path:
    return command.home / "workspaces/default/workspace.db"


def fails(command: Command, *args: str, timeout: float = 60) -> str:
    """Both lines of a failure: what failed, and the way out."""
    said = command(*args, code=1, timeout=timeout).stderr
    assert "Traceback" not in said
    assert "hint: " in said
    assert "does not know" not in said
    return said


def check_nothing_is_lost(command: Command) -> None:
    shutil.rmtree(command.folder / "out", ignore_errors=True)
    (command.folder / "out").mkdir()
    command("model", "download", "m:1", "--output", "out")
    assert (command.folder / "out/m.bin").read_bytes() == b"model"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of that size in the place of a folder, with what is in it."""
    content = folder.with_name(folder.name + ".content")
    shutil.copytree(folder, content, symlinks=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system here")
    try:
        shutil.copytree(content, folder, symlinks=True, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def test_a_full_disk(kept: Command) -> None:
    (kept.folder / "large.bin").write_bytes(b"x" * 6_000_000)
    with small_disk(kept.home, "4m"):
        said = fails(kept, "model", "register", "large", "large.bin")
        assert "No space left on device" in said
        assert [m["id"] for m in kept.json("model", "list")] == ["m:1"]
        assert not list(kept.home.rglob(".partial-*"))
        check_nothing_is_lost(kept)
        remount(kept.home, "size=64m")
        kept("model", "register", "large", "large.bin")
        check_nothing_is_lost(kept)


def test_a_disk_that_fills_up_in_a_deployment(kept: Command) -> None:
    (kept.folder / "large.bin").write_bytes(b"x" * 6_000_000)
    with small_disk(kept.home, "32m"):
        try:
            kept("model", "register", "large", "large.bin")
            kept(*DEPLOY)
            remount(kept.home, "size=9m")
            said = fails(kept, *DEPLOY, "--model", "large")
            assert "No space left on device" in said or "full" in said
            answer = kept("service", "run", "svc", "--input", "input.json").stdout
            assert json.loads(answer) == "old"
            remount(kept.home, "size=64m")
            kept(*DEPLOY, "--model", "large")
            check_nothing_is_lost(kept)
        finally:
            remount(kept.home, "size=64m")
            kept("service", "delete", "svc")
    kept.assert_nothing_runs()


def test_a_home_that_cannot_be_written(kept: Command) -> None:
    with small_disk(kept.home, "32m"):
        remount(kept.home, "ro")
        said = fails(kept, "model", "register", "m", "m.bin")
        assert str(kept.home) in said
        assert "BRYGGA_HOME" in said or "writ" in said
        fails(kept, *DEPLOY)
        remount(kept.home, "rw")
        kept("model", "register", "m", "m.bin")
        check_nothing_is_lost(kept)


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(120)
"""


def test_a_database_that_is_locked_for_longer_than_anybody_waits(kept: Command) -> None:
    command = [sys.executable, "-c", HOLD, str(database(kept))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            holder.stdout.readline()
            started = time.monotonic()
            assert [m["id"] for m in kept.json("model", "list")] == ["m:1"]
            kept("service", "list")
            reading = time.monotonic() - started
            said = fails(kept, "model", "register", "m", "m.bin", timeout=90)
            writing = time.monotonic() - started - reading
        finally:
            holder.kill()
    assert "workspace.db is locked by another process" in said
    assert reading < 29 < writing, "both readings, and the one that wrote"
    kept("model", "register", "m", "m.bin")
    assert [m["version"] for m in kept.json("model", "list")] == [1, 2]
    check_nothing_is_lost(kept)


def test_a_database_of_a_newer_version(kept: Command) -> None:
    with closing(sqlite3.connect(database(kept))) as connection, connection:
        old = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "pip install --upgrade brygga" in fails(kept, "model", "list")
    with closing(sqlite3.connect(database(kept))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (old,))
    check_nothing_is_lost(kept)


@pytest.mark.parametrize("damage", ["overwritten", "cut", "missing"])
def test_a_database_that_is_damaged(kept: Command, damage: str) -> None:
    file = database(kept)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        # Nobody can tell what page of it a command reads; all of them but the first are gone.
        file.write_bytes(b"\xff" * len(whole) if damage == "overwritten" else whole[:5000])
    said = fails(kept, "model", "list")
    assert "workspace.db" in said
    assert "backup" in said
    file.write_bytes(whole)
    check_nothing_is_lost(kept)


def test_content_with_a_flipped_bit(kept: Command) -> None:
    (model,) = kept.json("model", "list")
    (blob,) = kept.home.glob(f"workspaces/*/blobs/sha256/{model['sha256'][:2]}/*")
    whole = blob.read_bytes()
    kept(*DEPLOY)
    blob.chmod(0o644)
    blob.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    said = fails(kept, "model", "download", "m", "--output", "elsewhere")
    assert model["sha256"] in said
    assert "register it again" in said
    (kept.folder / "score.py").write_text(SCRIPT.format(answer="new"))
    assert model["sha256"] in fails(kept, *DEPLOY)
    answer = kept("service", "run", "svc", "--input", "input.json").stdout
    assert json.loads(answer) == "old"
    kept("model", "register", "again", "m.bin")
    check_nothing_is_lost(kept)
    kept(*DEPLOY)
    kept("service", "delete", "svc")


def test_content_that_is_missing(kept: Command) -> None:
    shutil.rmtree(kept.home / "workspaces/default/blobs")
    (model,) = kept.json("model", "list")
    said = fails(kept, "model", "download", "m", "--output", "elsewhere")
    assert model["sha256"] in said
    assert "is missing" in said
    fails(kept, *DEPLOY)
    assert kept.json("service", "list") == []
    kept("model", "register", "again", "m.bin")
    check_nothing_is_lost(kept)


def test_an_environment_with_a_flipped_bit(kept: Command, tmp_path: Path) -> None:
    (kept.home / "environments").unlink()
    kept.environment["UV_CACHE_DIR"] = str(tmp_path / "cache")
    kept(*DEPLOY)
    assert "as they were installed" in kept("environment", "verify").stdout
    (six,) = kept.home.glob("environments/*/lib/python*/site-packages/six.py")
    whole = six.read_bytes()
    six.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    said = kept("environment", "verify", code=1).stdout
    assert "six.py" in said
    assert "brygga service restart svc" in said
    assert six.read_bytes() == whole
    kept("service", "restart", "svc")
    answer = kept("service", "run", "svc", "--input", "input.json").stdout
    assert json.loads(answer) == "old"
    assert kept.json("environment", "verify") == [{"service": "svc", "damaged": []}]
    kept("service", "delete", "svc")


def test_an_interrupted_registration_says_so(kept: Command) -> None:
    (kept.folder / "large.bin").write_bytes(b"x" * 200_000_000)
    process = kept.start("model", "register", "large", "large.bin")
    partials = (kept.home / "workspaces/default/blobs/sha256").glob
    deadline = time.monotonic() + 30
    while not list(partials(".partial-*")) and process.poll() is None:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Nothing was left half done" in said
    assert not list(partials(".partial-*"))
    assert [m["id"] for m in kept.json("model", "list")] == ["m:1"]
