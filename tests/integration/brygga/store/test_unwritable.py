"""Homes that cannot be written: full to the last byte, on a read-only mount, another user's."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.home import Home

from brygga import Workspace
from brygga.cli.root import brygga
from brygga.settings import Settings

READING = (
    "model list",
    "model show m",
    "service list",
    "service show svc",
    "service revisions svc",
    "service logs svc",
    "environment list",
    "image list",
    "operation list",
    "workspace show",
    "workspace list",
    "gc --dry-run",
)
CHANGING = (
    "model register n {file}",
    "model delete spare",
    "model tag m a=b",
    "service stop svc",
    "service delete svc",
    "workspace create another",
)
NOBODY = pwd.getpwnam("nobody").pw_uid


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk, mounted by root, that other users can look at."""
    if os.getuid():
        pytest.skip("only root may mount a disk, or become another user")
    place = tmp_path / "disk"
    place.mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    _mount("-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", str(place))
    yield place
    # Whatever walks through temporary folders may just be in it.
    subprocess.run(["umount", "--recursive", "--lazy", str(place)], check=True)


@pytest.fixture
def home(disk: Path, tmp_path: Path) -> Home:
    """With a service that was stopped, two models, and content that nothing names."""
    settings = Settings(home=disk / "home")
    home = Home(settings, Workspace.create("default", settings=settings))
    (tmp_path / "m.bin").write_bytes(b"model")
    for name in ("m", "spare"):
        home.workspace.models.register(name, tmp_path / "m.bin")
    home.wiring.blobs.put_bytes(b"x" * 200_000)
    home.deployed(models=[])
    service = home.folder.services / "svc"
    (service / "logs").mkdir(parents=True)
    (service / "logs/service.log").write_text("a line\n")
    applied = {"version": 1, "revision": 1, "host": "127.0.0.1", "port": 20_000, "stopped": 1.0}
    (service / "service.json").write_text(json.dumps(applied))
    return home


def _run(home: Home, command: str, tmp_path: Path) -> Result:
    words = command.format(file=tmp_path / "m.bin").split()
    return CliRunner().invoke(brygga, words, env={"BRYGGA_HOME": str(home.path)})


def _fill(disk: Path) -> None:
    """To the last byte: what is written after it gets nothing."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    assert shutil.disk_usage(disk).free == 0


def _killed_writer(database: Path) -> None:
    """Leaves a log with something in it beside the database, as who is killed does."""
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute(\"UPDATE models SET description = 'from the log'\"); os._exit(0)"
    )
    subprocess.run(["python3", "-c", script, str(database)], check=True)
    assert database.with_name("workspace.db-wal").stat().st_size


@pytest.mark.parametrize("log", [False, True])
def test_a_full_disk_can_be_read_and_freed(
    home: Home, disk: Path, tmp_path: Path, *, log: bool
) -> None:
    if log:
        _killed_writer(home.folder.database)
    _fill(disk)

    for command in READING:
        result = _run(home, command, tmp_path)
        assert result.exit_code == 0, result.output
    if log:
        assert "from the log" in _run(home, "model show m", tmp_path).stdout
    full = _run(home, "model register n {file}", tmp_path)
    assert (full.exit_code, full.stderr.count("error: ")) == (1, 1)
    assert "No space left" in full.stderr or "the disk is full" in full.stderr
    tagged = _run(home, "model tag m a=b", tmp_path)
    assert "cannot grow: the disk is full" in tagged.stderr

    assert _run(home, "model delete spare", tmp_path).stdout == "Deleted spare:1.\n"
    _fill(disk)
    assert "spare" not in _run(home, "model list", tmp_path).stdout
    freed = _run(home, "gc", tmp_path)
    assert "200.0 kB freed." in freed.stdout, freed.output
    assert _run(home, "model register n {file}", tmp_path).exit_code == 0


@pytest.mark.parametrize("log", [False, True])
def test_a_read_only_home_can_be_read(home: Home, tmp_path: Path, *, log: bool) -> None:
    if log:
        _killed_writer(home.folder.database)
    _mount("--bind", str(home.path), str(home.path))
    _mount("-o", "remount,ro,bind", str(home.path))

    for command in READING:
        result = _run(home, command, tmp_path)
        assert result.exit_code == 0, result.output
    assert ("from the log" in _run(home, "model show m", tmp_path).stdout) is log
    assert "svc   Stopped" in _run(home, "service list", tmp_path).stdout
    for command in CHANGING:
        _is_refused(_run(home, command, tmp_path))


def test_another_users_home_can_be_read(home: Home, tmp_path: Path) -> None:
    subprocess.run(["chmod", "-R", "a+rX", str(home.path)], check=True)
    for command in (*READING, *CHANGING[:1]):  # so that whatever they import is imported
        _run(home, command, tmp_path)
    _run(home, "model delete n", tmp_path)

    def as_nobody() -> None:
        for command in (*READING, "doctor"):
            result = _run(home, command, tmp_path)
            assert command == "doctor" or result.exit_code == 0, result.output
        assert f"{home.path} is root's and cannot be written to" in result.stdout
        for command in CHANGING:
            _is_refused(_run(home, command, tmp_path))

    _in_a_child(as_nobody)
    (home.folder.services / "svc/service.json").chmod(0o600)

    def as_nobody_with_less() -> None:
        assert "svc   for another user, root" in _run(home, "service list", tmp_path).stdout
        assert "Ask for it as root." in _run(home, "service logs svc", tmp_path).stderr

    _in_a_child(as_nobody_with_less)
    home.path.chmod(0o700)

    def as_nobody_with_nothing() -> None:
        for command in ("model list", "workspace list", "gc"):
            result = _run(home, command, tmp_path)
            assert result.exit_code == 1
            assert result.stderr.count("error: ") == 1
            assert "cannot be read: Permission denied." in result.stderr
        found = _run(home, "doctor", tmp_path)
        assert "FAIL  workspace: " in found.stdout
        assert "warn  leftovers: " in found.stdout
        assert found.stderr == ""

    _in_a_child(as_nobody_with_nothing)


def _is_refused(result: Result) -> None:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("error: ") == 1
    assert "can only be read here, and this would change it" in result.stderr


def _in_a_child(action: object) -> None:
    """Does it as another user; a child, because there is no way back."""
    assert callable(action)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            action()
            code = 0
        except BaseException:  # noqa: BLE001 - a child of the tests must not go on with them
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
