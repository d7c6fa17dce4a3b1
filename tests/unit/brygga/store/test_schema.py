import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from brygga.errors import StoreError
from brygga.store.schema import HEAD, MIGRATIONS, ensure_schema
from brygga.store.sql import ColumnKind
from brygga.store.store import make_backend, open_store
from brygga.store.tables import OF_A_WORKSPACE, workspaces
from brygga.store.url import sqlite_url
from brygga.testing.stores import KEY, a_model

_NEXT = f"{int(HEAD) + 1:04}"
_LATER = """
import sqlalchemy as sa
from alembic import op
revision = "{new}"
down_revision = "{head}"
def upgrade():
    op.create_table("fresh", sa.Column("id", sa.Integer, primary_key=True))
    {more}
"""


def _definitions(file: Path) -> dict[str, object]:
    """Tables as the database understands them: a column that came later is written differently."""
    engine = sa.create_engine(f"sqlite:///{file}")
    seen = sa.inspect(engine)
    found: dict[str, object] = {}
    for table in set(seen.get_table_names()) - {"alembic_version"}:
        found[table] = (
            [{**column, "type": str(column["type"])} for column in seen.get_columns(table)],
            seen.get_pk_constraint(table),
            sorted(seen.get_foreign_keys(table), key=str),
            sorted(seen.get_indexes(table), key=str),
            sorted(seen.get_unique_constraints(table), key=str),
        )
    engine.dispose()
    return found


def _later_migrations(folder: Path, more: str = "") -> Path:
    shutil.copytree(MIGRATIONS, folder)
    text = _LATER.format(new=_NEXT, head=HEAD, more=more)
    (folder / f"versions/v{_NEXT}_later.py").write_text(text)
    return folder


_KINDS = {
    "JSON": {ColumnKind.JSON, ColumnKind.JSON_OR_NULL},
    "DATETIME": {ColumnKind.TIME},
    "BOOLEAN": {ColumnKind.BOOLEAN},
    "TEXT": {ColumnKind.PLAIN},
    "INTEGER": {ColumnKind.PLAIN},
    "BIGINT": {ColumnKind.PLAIN},
}


def test_the_migrations_make_exactly_the_tables(database: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{database}")
    seen = sa.inspect(engine)
    tables = (workspaces, *OF_A_WORKSPACE)
    assert set(seen.get_table_names()) == {t.name for t in tables} | {"alembic_version"}
    for table in tables:
        columns = {c["name"]: c for c in seen.get_columns(table.name)}
        assert columns.keys() == table.columns.keys(), table.name
        assert tuple(seen.get_pk_constraint(table.name)["constrained_columns"]) == table.key
        for name, kind in table.columns.items():
            assert kind in _KINDS[str(columns[name]["type"])], f"{table.name}.{name}"
            if kind is ColumnKind.JSON_OR_NULL:
                assert columns[name]["nullable"]
        for foreign in seen.get_foreign_keys(table.name):
            before = [t.name for t in tables[: tables.index(table)]]
            assert foreign["referred_table"] in before, "rows would come before what they refer to"
    engine.dispose()


def test_the_head_is_the_last_migration() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]
    numbers = sorted(each.revision for each in script.walk_revisions())
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_migrations_do_not_depend_on_what_changes() -> None:
    for file in (MIGRATIONS / "versions").glob("*.py"):
        assert "brygga" not in file.read_text(), f"{file.name} must spell its tables out"


def test_every_table_carries_the_workspace() -> None:
    assert all(t.key[0] == "workspace_id" for t in OF_A_WORKSPACE)


def test_a_current_database_needs_neither_alembic_nor_sqlalchemy(store_url: str) -> None:
    code = (
        "import sys; from brygga.store.store import open_store; "
        "from brygga.store.rows import WorkspaceKey; "
        "open_store(sys.argv[1], WorkspaceKey('local', 'local', 'default')).models.list(); "
        "sys.exit(len({'alembic', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, store_url], check=False).returncode == 0


def test_an_older_database_is_migrated_and_its_copy_kept(database: Path, tmp_path: Path) -> None:
    open_store(sqlite_url(database), KEY).models.add(a_model())
    later = _later_migrations(tmp_path / "later")
    engine = make_backend(sqlite_url(database), 1)
    ensure_schema(engine, migrations=later, head=_NEXT)
    ensure_schema(engine, migrations=later, head=_NEXT)
    assert "fresh" in _definitions(database)
    copy = tmp_path / f"workspace.db.{HEAD}"
    assert "fresh" not in _definitions(copy)
    assert open_store(sqlite_url(copy), KEY).models.versions("m") == (1,)


def test_a_migration_that_fails_changes_nothing(database: Path, tmp_path: Path) -> None:
    before = _definitions(database)
    later = _later_migrations(
        tmp_path / "later", more="op.execute('INSERT INTO nowhere VALUES (1)')"
    )
    engine = make_backend(sqlite_url(database), 1)
    with pytest.raises(StoreError, match="nowhere"):
        ensure_schema(engine, migrations=later, head=_NEXT)
    assert _definitions(database) == before
    assert open_store(sqlite_url(database), KEY).models.list() == []


def test_a_database_of_a_newer_version_is_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"newer version of Brygga .*9999.*Upgrade"):
        open_store(sqlite_url(database), KEY)
    assert database.read_bytes() == before


def test_the_log_is_written_ahead(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
