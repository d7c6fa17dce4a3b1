import os
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

from brygga.errors import InUseError, NotFoundError, StoreError
from brygga.store.store import Store, open_store
from brygga.testing.row_lines import RowLinesConformance
from brygga.testing.stores import (
    KEY,
    StoreConcurrency,
    StoreConformance,
    a_model,
    a_revision,
)

pytestmark = pytest.mark.postgresql

_NUMBERS = count()


@pytest.fixture
def store_url(postgresql: str) -> str:
    """A database of its own for each test."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgresql.replace("/postgres?", f"/{name}?")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url, KEY)
    yield store
    store.close()


class TestPostgreSql(StoreConformance):
    pass


class TestRowLines(RowLinesConformance):
    pass


class TestConcurrentProcesses(StoreConcurrency):
    pass


def test_a_locked_row_is_waited_for_and_then_reported(store_url: str, store: Store) -> None:
    store.models.add(a_model())
    hurried = open_store(store_url, KEY, lock_timeout_s=0.2)
    with psycopg.connect(store_url) as holder:
        holder.execute("SELECT * FROM counters FOR UPDATE")
        with pytest.raises(StoreError, match=r"locked by another process\. Wait"):
            hurried.models.add(a_model())
    assert hurried.models.add(a_model()).version == 2
    hurried.close()


def test_a_model_is_either_deleted_or_deployed(store: Store) -> None:
    """Twenty races between deleting a model and deploying it: one of the two is refused."""
    outcomes: list[str] = []

    def attempt(action: Callable[[], object], barrier: threading.Barrier) -> None:
        barrier.wait()
        try:
            action()
        except (InUseError, NotFoundError) as error:
            outcomes.append(type(error).__name__)

    for number in range(1, 21):
        store.models.add(a_model())
        revision = a_revision(f"svc-{number}", models=(("m", number),))
        barrier = threading.Barrier(2)
        threads = [
            threading.Thread(target=attempt, args=(action, barrier))
            for action in (
                lambda n=number: store.models.delete("m", n),
                lambda r=revision: store.services.add_revision(r),
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == number
        is_used = store.services.using_model("m", number) != []
        assert is_used == (store.models.find("m", number) is not None)


def test_a_connection_that_the_server_ended_is_replaced(store_url: str, store: Store) -> None:
    store.models.add(a_model())
    with psycopg.connect(store_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.models.add(a_model()).version == 2


def test_a_child_does_not_talk_on_its_parents_connection(store: Store) -> None:
    store.models.add(a_model())
    child = os.fork()
    if child == 0:
        os._exit(0 if store.models.versions("m") == (1,) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.models.add(a_model()).version == 2


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/nothing"
    with pytest.raises(StoreError, match="cannot be reached") as failed:
        open_store(url, KEY)
    assert "hunter2" not in str(failed.value)


def test_a_database_that_is_not_there_is_named(postgresql: str) -> None:
    with pytest.raises(StoreError, match=r"nowhere.*is missing|does not exist"):
        open_store(postgresql.replace("/postgres?", "/nowhere?"), KEY)


def test_a_missing_driver_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"brygga\[postgres\]"):
        open_store("postgresql://localhost/x", KEY)
