import subprocess
import sys
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga.errors import StoreError
from brygga.store.filelock import FileLock

_HOLDER = """
import sys
from pathlib import Path
from brygga.store.filelock import FileLock
with FileLock(Path(sys.argv[1]), purpose="deploying x"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "x.lock"


def test_one_holds_it_at_a_time(path: Path) -> None:
    one, two = FileLock(path), FileLock(path)
    assert one.try_acquire()
    assert one.held
    assert not two.try_acquire()
    one.release()
    one.release()
    assert two.try_acquire()
    two.release()


def test_those_that_share_hold_it_together(path: Path) -> None:
    with FileLock(path).acquired(0, shared=True), FileLock(path).acquired(0, shared=True):
        assert not FileLock(path).try_acquire()


def test_it_is_not_taken_twice_by_the_same_object(path: Path) -> None:
    with FileLock(path) as lock, pytest.raises(RuntimeError, match="held by this object"):
        lock.try_acquire()


def test_a_holder_says_what_it_does_and_its_death_frees_the_lock(path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(path)
        assert not lock.try_acquire()
        assert lock.holder() == "deploying x"
        with pytest.raises(StoreError, match=r"0\.02 s by another process \(deploying x\)"):
            lock.acquire(0.02)
        holder.kill()
    lock.acquire(10)
    lock.release()


def test_children_do_not_keep_it(path: Path) -> None:
    with FileLock(path):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.readline()"],
            stdin=subprocess.PIPE,
            close_fds=False,
        )
    # The child lives on. Its copy of the lock is closed a moment after it has begun its program.
    with FileLock(path).acquired(10):
        pass
    child.communicate(b"\n")


def test_a_shorter_purpose_replaces_a_longer_one(path: Path) -> None:
    with FileLock(path, purpose="a long purpose"):
        pass
    with FileLock(path, purpose="short"):
        assert FileLock(path).holder() == "short"
    assert FileLock(path.with_name("never")).holder() == ""


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with (
        unprivileged(tmp_path),
        pytest.raises(StoreError, match="can only be read here"),
    ):
        FileLock(tmp_path / "x.lock").try_acquire()
