"""On a full disk what frees room is written with the room that is kept for it."""

import sqlite3
from pathlib import Path

import pytest

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.database import Database
from brygga.store.db_errors import explained
from brygga.store.reserve import Reserve
from brygga.store.sqlite import SqliteBackend
from brygga.store.transaction import Transaction


class FullDisk:
    """A change that finds no room until the reserve is given up."""

    def __init__(self, reserve: Path) -> None:
        self.reserve = reserve
        self.tried = 0

    def __call__(self, transaction: Transaction) -> None:
        self.tried += 1
        transaction.scalar("SELECT 1", {})
        if self.reserve.exists():
            error = sqlite3.OperationalError()
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise explained(error, "x")


@pytest.fixture
def reserve(tmp_path: Path) -> Reserve:
    return Reserve(tmp_path / "reserve")


@pytest.fixture
def database(tmp_path: Path, reserve: Reserve) -> Database:
    return Database(SqliteBackend(tmp_path / "x.db", 1.0), 1, reserve=reserve)


def test_it_is_given_up_and_kept_again(
    database: Database, reserve: Reserve, tmp_path: Path
) -> None:
    reserve.keep()
    change = FullDisk(tmp_path / "reserve")

    database.freeing(change)

    assert change.tried == 2
    assert (tmp_path / "reserve").stat().st_size == 256 << 10


def test_without_one_the_disk_is_full(database: Database, tmp_path: Path) -> None:
    (tmp_path / "reserve").mkdir()  # as good as none
    with pytest.raises(StoreError, match="cannot grow: the disk is full") as caught:
        database.freeing(FullDisk(tmp_path / "reserve"))
    assert caught.value.code is ErrorCode.DISK_FULL


def test_a_log_that_cannot_have_its_index_is_a_full_disk() -> None:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert explained(error, "x").code is ErrorCode.DISK_FULL
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    assert explained(error, "x").code is ErrorCode.STORE_UNAVAILABLE
