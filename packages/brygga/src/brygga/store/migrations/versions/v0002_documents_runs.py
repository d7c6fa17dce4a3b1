"""Documents, and experiments with their runs.

They are spelled out here and not taken from `tables`, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the new tables; that of workspaces is there."""
    new = [documents, experiments, runs, run_metrics, run_files]
    metadata.create_all(op.get_bind(), tables=new)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

workspaces = sa.Table("workspaces", metadata, sa.Column("id", sa.Integer, primary_key=True))


def _workspace_id() -> sa.Column[int]:
    return sa.Column(
        "workspace_id",
        sa.Integer,
        sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


def _run_key() -> list[sa.schema.SchemaItem]:
    return [
        _workspace_id(),
        sa.Column("run", sa.Text, primary_key=True),
    ]


def _of_a_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "run"], ["runs.workspace_id", "runs.id"], ondelete="CASCADE"
    )


documents = sa.Table(
    "documents",
    metadata,
    _workspace_id(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)

experiments = sa.Table(
    "experiments",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("archived_at", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    _workspace_id(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("experiment", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("properties", sa.JSON, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.ForeignKeyConstraint(
        ["workspace_id", "experiment"],
        ["experiments.workspace_id", "experiments.name"],
        ondelete="CASCADE",
    ),
)

run_metrics = sa.Table(
    "run_metrics",
    metadata,
    *_run_key(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("step", sa.Integer),
    _of_a_run(),
)

run_files = sa.Table(
    "run_files",
    metadata,
    *_run_key(),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    _of_a_run(),
    sa.Index(None, "workspace_id", "sha256"),
)
