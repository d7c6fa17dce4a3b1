"""Where a value comes from, and what is said about one that cannot be used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from brygga_server.settings import ServerSettings, SettingsError, read, table

ROOT = Path(__file__).parents[3]


def config(tmp_path: Path, **settings: object) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"version": 1, "settings": settings}))
    return path


def test_flag_wins_over_environment_over_file_over_profile(tmp_path: Path) -> None:
    file = config(tmp_path, port=1, workers=2, queue_size=3)
    found = read({"port": "7"}, {"BRYGGA_PORT": "8", "WORKER_COUNT": "9"}, file)
    assert (found.port, found.workers, found.queue_size) == (7, 9, 3)
    assert found.scoring_timeout_ms == 60000


def test_profiles_have_their_own_defaults(tmp_path: Path) -> None:
    native, v1 = read({}, {}), read({}, {}, profile="v1")
    assert (native.host, native.workers) == ("127.0.0.1", None)
    assert (v1.host, v1.workers, v1.scoring_timeout_ms) == ("0.0.0.0", 1, 3600000)
    assert read({}, {}, config(tmp_path, profile="v1")) == v1


def test_a_v1_file_has_variables_as_keys(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"SCORING_TIMEOUT_MS": 500, "AZUREML_ENTRY_SCRIPT": "s.py", "UNKNOWN": 1}')
    found = read({}, {}, path, profile="v1")
    assert (found.scoring_timeout_ms, found.entry_script) == (500, "s.py")


def test_an_empty_variable_is_unset() -> None:
    assert read({}, {"BRYGGA_PORT": ""}).port == 5001


@pytest.mark.parametrize(
    ("flags", "environ", "words"),
    [
        ({"port": "70000"}, {}, ["--port", "'70000'", "from 0 to 65535"]),
        ({}, {"WORKER_COUNT": "two"}, ["WORKER_COUNT", "'two'", "whole number"]),
        ({"workers": 0}, {}, ["--workers", "0"]),
        ({"workers": 1.5}, {}, ["--workers", "1.5"]),
        ({"cpu_cores": "nan"}, {}, ["--cpu-cores", "'nan'"]),
        ({"profile": "v2"}, {}, ["--profile", "'v2'", "native, v1"]),
        ({"access_log": "perhaps"}, {}, ["--access-log", "true or false"]),
        ({"environment": "{"}, {}, ["--environment", "JSON object"]),
        ({"environment": {"a": 1}}, {}, ["--environment", "text to text"]),
    ],
)
def test_errors_name_the_value(
    flags: dict[str, object], environ: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(flags, environ)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ('{"version": 2, "settings": {}}', "version 2"),
        ('{"version": 1, "settings": {"prot": 1}}', "'prot'"),
        ('{"version": 1, "settings": {"port": "x"}}', "port in the configuration file"),
    ],
)
def test_errors_in_a_file(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        read({}, {}, path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read({}, {}, tmp_path / "none.json")


def test_every_default_can_be_read_by_its_own_kind() -> None:
    for row in table():
        for value in (row.native, row.v1):
            if value is not None:
                assert row.kind.read(value) == value, row.key


def test_names_are_unique_and_explained() -> None:
    rows = list(table())
    names = [name for row in rows for name in row.env]
    assert len(names) == len(set(names))
    assert all(row.help.endswith(".") for row in rows)
    assert {row.key for row in rows} == set(ServerSettings.__dataclass_fields__)


def test_the_docs_page_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.delitem(sys.modules, "generate", raising=False)
    import generate  # type: ignore[import-not-found,unused-ignore]

    for path, text in generate.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: make docs"


@pytest.mark.parametrize("given", ["a/b", "/a/b", "a/b/", "/a/b/", "//a/b//"])
def test_a_prefix_is_the_same_with_and_without_slashes(given: str) -> None:
    assert read({"path_prefix": given}, {}).path_prefix == "/a/b"
    assert read({}, {"SERVICE_PATH_PREFIX": "/"}).path_prefix == ""
