"""A workspace of every earlier schema is upgraded at its first use, with all that was in it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brygga.store.migrating import migrate
from brygga.store.rows import Whereabouts
from brygga.store.schema import HEAD, MIGRATIONS
from brygga.store.store import make_backend, open_store
from brygga.store.url import sqlite_url
from brygga.testing.stores import KEY, a_model, a_revision

SCHEMAS = [f"{number:04}" for number in range(1, int(HEAD))]
LOCK = "six==1.17.0"

# What a workspace had from the first schema on, in the words of that schema.
ROWS = """
INSERT INTO workspaces VALUES (1, 'local', 'local', 'default', :at);
INSERT INTO counters VALUES (1, 'model', 'm', 3);
INSERT INTO models VALUES (1, 'm', 1, :sha, 3, 'the first', 'Onnx', '1.15', :at);
INSERT INTO models VALUES (1, 'm', 3, :sha, 3, '', NULL, NULL, :at);
INSERT INTO model_files VALUES (1, 'm', 1, 'm.pkl', :sha, 3, 0);
INSERT INTO model_files VALUES (1, 'm', 3, 'm.pkl', :sha, 3, 1);
INSERT INTO model_tags VALUES (1, 'm', 1, 'data', 'mnist');
INSERT INTO model_properties VALUES (1, 'm', 1, 'area', 'digits');
INSERT INTO environments VALUES (1, 'env', 1, '{"packages": ["six"]}', :at);
INSERT INTO locks VALUES (1, :lock, 'six==1.17.0', :at);
INSERT INTO lock_keys VALUES (1, 'key', :lock);
INSERT INTO services VALUES (1, 'svc', 'process', 'here', 1, 2, '{"a": "b"}', 'digits', :at, :at);
INSERT INTO revisions VALUES (1, 'svc', 1, '{"cpu_cores": 1.0}', :bundle, 'd1', 'ready', NULL, :at);
INSERT INTO revisions VALUES (1, 'svc', 2, '{}', :bundle, 'd2', 'failed', '{"cause": "x"}', :at);
INSERT INTO revision_models VALUES (1, 'svc', 1, 0, 'm', 1);
"""


def _made_by(schema: str, file: Path) -> None:
    """A file as the version of Brygga with that schema left it."""
    migrate(make_backend(sqlite_url(file), 1), MIGRATIONS, to=schema)
    values = {
        "at": datetime(2026, 5, 17, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "sha": "ab" * 32,
        "lock": "cd" * 32,
        "bundle": '{"code": [{"sha256": "' + "ef" * 32 + '"}], "lock": "x", "server": "y"}',
    }
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.execute(statement, values)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_everything_is_there_after_the_upgrade(tmp_path: Path, schema: str) -> None:
    file = tmp_path / "workspace.db"
    _made_by(schema, file)
    store = open_store(sqlite_url(file), KEY)

    first, third = store.models.list("m")
    assert (first.version, third.version) == (1, 3)
    assert (first.tags, first.properties) == ({"data": "mnist"}, {"area": "digits"})
    assert (first.framework, first.description) == ("Onnx", "the first")
    assert first.created_at == datetime(2026, 5, 17, tzinfo=UTC)
    assert third.files[0].executable
    (environment,) = store.environments.list()
    assert environment.spec == {"packages": ["six"]}
    assert store.locks.find("key") == store.locks.get_by_digest("cd" * 32) == LOCK
    service = store.services.find("svc")
    assert service is not None
    assert (service.current_revision, service.tags) == (1, {"a": "b"})
    assert (service.place, service.created_by) == (Whereabouts("here", None), None)
    assert (first.created_by, environment.created_by) == (None, None)
    assert [r.status for r in store.services.revisions("svc")] == ["ready", "failed"]
    assert store.services.using_model("m", 1) == ["svc revision 1"]
    assert store.blobs_in_use({"ab" * 32, "ef" * 32, "00" * 32}) == {"ab" * 32, "ef" * 32}

    # And it goes on as if it had always been of this schema: no number is given twice.
    assert store.models.add(a_model()).version == 4
    assert store.services.add_revision(a_revision(models=(("m", 3),))).number == 3
    assert store.images.list() == []
    assert store.runs.experiments() == []


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_copy_is_kept_that_the_older_version_can_read(tmp_path: Path, schema: str) -> None:
    file = tmp_path / "workspace.db"
    _made_by(schema, file)
    open_store(sqlite_url(file), KEY).models.add(a_model())
    copy = tmp_path / f"workspace.db.{schema}"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] == schema
        assert connection.execute("SELECT count(*) FROM models").fetchone()[0] == 2
