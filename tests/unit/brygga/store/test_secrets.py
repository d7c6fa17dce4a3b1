import threading
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga.errors import StoreError
from brygga.store.secrets import KeyPair, SecretStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets.json"


def test_keys_and_secrets_come_back(file: Path) -> None:
    store = SecretStore(file)
    assert store.keys("svc") is None
    assert store.secrets("svc") == {}
    store.set_keys("svc", KeyPair("a", "b"))
    store.set_secrets("svc", {"TOKEN": "☃", "OTHER": ""})
    store.set_secrets("other", {"X": "y"})
    again = SecretStore(file)
    assert again.keys("svc") == KeyPair("a", "b")
    assert again.secrets("svc") == {"TOKEN": "☃", "OTHER": ""}
    assert again.keys("other") is None


def test_secrets_are_replaced_and_keys_removed(file: Path) -> None:
    store = SecretStore(file)
    store.set_keys("svc", KeyPair("a", "b"))
    store.set_secrets("svc", {"A": "1"})
    store.set_secrets("svc", {"B": "2"})
    store.set_keys("svc", None)
    assert store.keys("svc") is None
    assert store.secrets("svc") == {"B": "2"}


def test_deleting_forgets_everything_of_one_service(file: Path) -> None:
    store = SecretStore(file)
    for name in ("svc", "other"):
        store.set_keys(name, KeyPair("key-of-" + name, "b"))
        store.set_secrets(name, {"A": "1"})
    store.delete("svc")
    store.delete("svc")
    assert store.keys("svc") is None
    assert store.secrets("svc") == {}
    assert store.keys("other") == KeyPair("key-of-other", "b")
    assert "key-of-svc" not in file.read_text()


def test_only_the_owner_reads_it(file: Path) -> None:
    SecretStore(file).set_keys("svc", KeyPair("a", "b"))
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    SecretStore(file).set_keys("svc", KeyPair("c", "d"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in file.parent.iterdir()) == ["secrets.json", "secrets.json.lock"]


def test_keys_are_not_shown(file: Path) -> None:
    assert repr(KeyPair("hunter2", "hunter3")) == "KeyPair()"


def test_writers_lose_nothing_of_each_other(file: Path) -> None:
    def write(name: str) -> None:
        for number in range(10):
            SecretStore(file).set_secrets(f"{name}-{number}", {"n": name})

    threads = [threading.Thread(target=write, args=(f"svc-{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        for number in range(10):
            assert SecretStore(file).secrets(f"svc-{i}-{number}") == {"n": f"svc-{i}"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"secret-thing": '])
def test_a_damaged_file_is_reported_without_its_content(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(StoreError, match=r"secrets\.json is not valid JSON") as failed:
        SecretStore(file).keys("svc")
    assert "secret-thing" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_a_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    file.write_text('{"version": 2, "services": {}}')
    with pytest.raises(StoreError, match="newer Brygga"):
        SecretStore(file).set_keys("svc", KeyPair("a", "b"))
    assert file.read_text() == '{"version": 2, "services": {}}'


def test_a_folder_that_cannot_be_written_is_reported(file: Path) -> None:
    SecretStore(file).set_keys("svc", KeyPair("a", "b"))
    for path in (file, file.with_name("secrets.json.lock")):
        path.chmod(0o666)
    file.parent.chmod(0o555)
    with (
        unprivileged(file.parent),
        pytest.raises(StoreError, match="cannot be written: Permission denied"),
    ):
        SecretStore(file).set_keys("svc", KeyPair("c", "d"))
    assert SecretStore(file).keys("svc") == KeyPair("a", "b")
