"""What SQLite does with the suite of stores, and what it says when it fails."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga.errors import InvalidInputError, StoreError
from brygga.store.database import Database
from brygga.store.sqlite import SqliteBackend
from brygga.store.store import Store, open_store
from brygga.store.url import sqlite_url
from brygga.testing.row_lines import RowLinesConformance
from brygga.testing.stores import KEY, OTHER, StoreConformance, a_model


class TestSqlite(StoreConformance):
    pass


class TestRowLines(RowLinesConformance):
    pass


@pytest.mark.parametrize("name", ["a b.db", "ü%20?#&.db", "quote'\".db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    open_store(sqlite_url(tmp_path / name), KEY)
    assert (tmp_path / name).is_file()


class _Whole:
    """As NumPy's whole numbers are: the driver would take the bytes of one."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def test_whole_numbers_of_others_are_numbers(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY)
    store.models.add(a_model())

    assert store.models.find("m", _Whole(1)) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "version"), [("m", 2**63), ("\udcff", 1)])
def test_what_no_row_can_hold_is_refused(database: Path, name: str, version: int) -> None:
    store = open_store(sqlite_url(database), KEY)

    with pytest.raises(InvalidInputError, match="nothing of this kind"):
        store.models.find(name, version)


def test_readers_do_not_wait_for_a_writer(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY, lock_timeout_s=0.05)
    store.models.add(a_model())
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM models")
        assert store.models.versions("m") == (1,)
        writer.execute("ROLLBACK")


def test_a_writer_waits_for_its_turn(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY, lock_timeout_s=20)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        done: list[int] = []
        thread = threading.Thread(target=lambda: done.append(store.models.add(a_model()).version))
        thread.start()
        assert not done
        writer.execute("ROLLBACK")
        thread.join()
    assert done == [1]


def test_a_locked_database_is_reported_after_the_time_to_wait(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY, lock_timeout_s=0.05)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"workspace\.db is locked by another process\. Wait"):
            store.models.add(a_model())


def test_a_read_only_folder_is_reported(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY)
    database.chmod(0o444)
    database.parent.chmod(0o555)
    with (
        unprivileged(database.parent),
        pytest.raises(StoreError, match=r"cannot be (written|opened)"),
    ):
        store.models.add(a_model())


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "not" / "there" / "workspace.db"
    with pytest.raises(StoreError, match=r"cannot be opened\. Look whether its folder exists"):
        open_store(sqlite_url(file), KEY)


def test_a_full_disk_is_reported_and_nothing_is_half_written(database: Path) -> None:
    store = open_store(sqlite_url(database), KEY)
    with closing(sqlite3.connect(database)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]

    class SmallDisk(SqliteBackend):
        def configure(self, driver: sqlite3.Connection) -> None:
            super().configure(driver)
            driver.execute(f"PRAGMA max_page_count = {pages + 2}")

    full = Store(Database(SmallDisk(database, 1), 1), KEY)
    with pytest.raises(StoreError, match="the disk is full"):
        full.models.add(a_model(description="x" * 100_000))
    assert store.models.list() == []
    assert store.models.add(a_model()).version == 1


def test_a_file_that_is_no_database_is_reported(database: Path) -> None:
    database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="damaged or not a database"):
        open_store(sqlite_url(database), KEY)


def test_a_damaged_database_is_reported(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    database.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged\. Restore it"):
        open_store(sqlite_url(database), OTHER)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://h/d",
        "nonsense",
        "://",
        "sqlite://",
        "sqlite://file",
        "sqlite:///:memory:",
        "sqlite:///file?mode=ro",
        "postgresql://h:x/d",
        "postgresql://user:password@h:1,i:x/d",
    ],
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="BRYGGA_STORE_URL"):
        open_store(url, KEY)


def test_what_an_exception_interrupts_is_not_written(database: Path) -> None:
    store, opened = open_store(sqlite_url(database), KEY), Database(SqliteBackend(database, 1), 1)

    def interrupted() -> None:
        with opened.writing() as transaction:
            assert opened.next_number(transaction, "model", "m") == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.models.add(a_model()).version == 1


def test_times_are_written_as_they_were_by_every_earlier_version(database: Path) -> None:
    added = open_store(sqlite_url(database), KEY).models.add(a_model())
    with closing(sqlite3.connect(database)) as connection:
        (text,) = connection.execute("SELECT created_at FROM models").fetchone()
    assert text == added.created_at.strftime("%Y-%m-%d %H:%M:%S.%f")
