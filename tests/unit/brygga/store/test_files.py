"""Files and folders that are there whole or not at all, private, whatever happens."""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.hard_stop import kill_everywhere

from brygga.gc.leftovers import Leftovers
from brygga.store.filelock import FileLock
from brygga.store.files import (
    PARTIAL,
    discard,
    make_folder,
    new_file,
    new_folder,
    replacing,
    scratch_folder,
    working_folder,
    write_json,
    write_text,
)
from brygga_server import files as server_files


@pytest.fixture(params=[0o022, 0o000, 0o077, 0o777], ids=lambda mask: f"umask {mask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_folders_are_their_owners_alone(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(path) for path in (made, made.parent, made.parent.parent)] == [0o700] * 3


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o750)
    assert mode(make_folder(tmp_path / "a")) == 0o750
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


@pytest.mark.usefixtures("umask")
def test_a_folder_for_others_is_open_and_those_above_it_are_not(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "a" / "b", 0o777)
    assert (mode(made), mode(made.parent)) == (0o777, 0o700)


@pytest.mark.may_skip
def test_people_s_own_folders_and_files_follow_the_umask(tmp_path: Path, umask: int) -> None:
    if umask & 0o700:
        pytest.skip("nobody could write into such a folder")
    write_text(tmp_path / "a" / "f", "x", mode=None)
    assert mode(tmp_path / "a") == 0o777 & ~umask
    assert mode(tmp_path / "a" / "f") == 0o666 & ~umask


@pytest.mark.usefixtures("umask")
def test_files_are_their_owners_alone_also_in_place_of_others(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file.json"
    write_json(file, {"a": 1})
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    file.chmod(0o666)
    write_text(file, "2")
    assert (file.read_text(), mode(file)) == ("2", 0o600)
    write_text(file, "3", mode=0o644)
    assert mode(file) == 0o644
    server_files.write_json(file, {"a": 2})
    assert json.loads(file.read_text()) == {"a": 2}


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_text(file, "old")

    def fail_within(block: Callable[[], object]) -> None:
        with pytest.raises(ZeroDivisionError):
            block()

    def write() -> None:
        with replacing(file) as new:
            new.write(b"new")
            raise ZeroDivisionError

    def fill() -> None:
        with new_folder(tmp_path / "folder") as new:
            write_text(new / "f", "x")
            raise ZeroDivisionError

    fail_within(write)
    fail_within(fill)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "old"


def test_a_file_without_a_name_goes(tmp_path: Path) -> None:
    with new_file(tmp_path) as new:
        new.file.write(b"x")
        assert [path.name.startswith(PARTIAL) for path in tmp_path.iterdir()] == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_else_has_made_meanwhile_stays(tmp_path: Path) -> None:
    with new_folder(tmp_path / "f") as mine:
        write_text(mine / "who", "me")
        write_text(tmp_path / "f" / "who", "another")
    assert (tmp_path / "f" / "who").read_text() == "another"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@pytest.mark.usefixtures("umask")
def test_folders_to_work_in_are_gone_afterwards(tmp_path: Path) -> None:
    with working_folder(tmp_path) as folder, scratch_folder() as scratch:
        write_text(folder / "moved", "x")
        (folder / "moved").rename(tmp_path / "moved")
        assert mode(scratch) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["moved"]
    assert not scratch.exists()


def test_what_is_discarded_has_lost_its_name_at_once(tmp_path: Path) -> None:
    rest = discard(make_folder(tmp_path / "f"))
    assert list(tmp_path.iterdir()) == [rest]


def _write(file: Path) -> None:
    write_json(file, {"content": "new"})


def _write_as_a_service(file: Path) -> None:
    server_files.write_json(file, {"content": "new"})


def _fill(file: Path) -> None:
    with new_folder(file.parent) as folder:
        write_json(folder / file.name, {"content": "new"})


@pytest.mark.parametrize("writer", [_write, _write_as_a_service, _fill], ids=lambda w: w.__name__)
@pytest.mark.parametrize("place", ["images/layers", "workspaces/w/services/s/run"])
def test_a_killed_writer_leaves_the_old_or_the_new_and_what_gc_finds(
    tmp_path: Path, writer: Callable[[Path], None], place: str
) -> None:
    home = tmp_path / "home"
    file = home / place / "f.json"
    replaces = writer is not _fill
    left = []

    def before() -> None:
        make_folder(file.parent if replaces else file.parent.parent)
        if replaces:
            write_json(file, {"content": "old"})

    def after() -> None:
        if replaces or file.parent.exists():
            found = json.loads(file.read_text())["content"]
            assert found == "new" or (replaces and found == "old")
        partials = list(_outermost(home))
        left.extend(partials)
        leftovers = Leftovers(home, lambda name: FileLock(home / "locks" / name))
        assert list(leftovers.find()) == []  # it may be at work
        with two_hours_later(home):
            assert len(list(leftovers.remove(list(leftovers.find())))) == len(partials)
        assert not list(home.rglob(f"{PARTIAL}*"))
        file.unlink(missing_ok=True)
        if not replaces and file.parent.exists():
            file.parent.rmdir()

    steps = list(kill_everywhere(lambda: writer(file), before=before, after=after))
    assert len(steps) > 5
    assert len(left) > 3


def _outermost(home: Path) -> Iterator[Path]:
    for path in home.rglob(f"{PARTIAL}*"):
        if not any(above.name.startswith(PARTIAL) for above in path.parents):
            yield path


@contextmanager
def two_hours_later(folder: Path) -> Iterator[None]:
    """Everything below a folder looks as if it had been left two hours ago."""
    then = time.time() - 2 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (then, then))
    yield
