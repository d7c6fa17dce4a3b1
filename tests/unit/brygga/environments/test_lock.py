import hashlib
from pathlib import Path

import pytest
from support.locks import LocksInMemory

from brygga import errors
from brygga.environments import IndexOptions, Lock, get_lock
from brygga.environments.lock import save_lock

REQUIREMENTS = """\
six==1.17.0 \
    --hash=sha256:aa
numpy==2.0 ; python_version > '3' \
    --hash=sha256:bb
"""


def lock(index: IndexOptions | None = None, python: str = "3.11") -> Lock:
    return Lock.write(
        REQUIREMENTS, python=python, platform="linux-x86_64", index=index or IndexOptions()
    )


def test_the_text_says_by_itself_what_it_is_for() -> None:
    assert Lock.read(lock().text) == lock()
    assert lock().packages == ("six==1.17.0", "numpy==2.0")


def test_the_digest_is_that_of_the_text_and_depends_on_python() -> None:
    assert lock().digest == hashlib.sha256(lock().text.encode()).hexdigest()
    assert lock().digest != lock(python="3.12").digest


def test_the_index_is_no_part_of_the_text() -> None:
    assert lock(IndexOptions("https://me:pw@i.invalid/simple")).text == lock().text


def test_a_stored_lock_remembers_its_index_without_credentials() -> None:
    locks = LocksInMemory()
    save_lock(locks, "key", lock(IndexOptions("https://me:pw@i.invalid/simple")))
    found = get_lock(locks, lock().digest)
    assert found == lock()
    assert found.index == IndexOptions("https://i.invalid/simple")
    assert not any("pw@" in text for text in locks.by_digest.values())


def test_a_lock_that_is_not_stored() -> None:
    with pytest.raises(errors.NotFoundError, match="no lock 'abc'"):
        get_lock(LocksInMemory(), "abc")


def test_something_else_in_the_place_of_a_lock(tmp_path: Path) -> None:
    with pytest.raises(errors.CorruptError):
        Lock.read("numpy==1.0\n")
