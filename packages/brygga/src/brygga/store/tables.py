"""The tables, as they are now; `migrations/` has how they came to be.

Every table carries the workspace's id. No row holds an absolute path, a process id or a port that
was assigned: those belong to the host that runs the service. The one exception is
`services.home`: with `host_name` it says whose a service is, to those whose it is not.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python on every engine; SQLite keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """On its way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """On its way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _workspace_id() -> sa.Column[int]:
    return sa.Column(
        "workspace_id",
        sa.Integer,
        sa.ForeignKey("workspaces.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subscription_id", sa.Text, nullable=False),
    sa.Column("resource_group", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("subscription_id", "resource_group", "name"),
)

# The last number given out for each name. It outlives what was numbered: a version that was
# deleted is never given to something else.
counters = sa.Table(
    "counters",
    metadata,
    _workspace_id(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

models = sa.Table(
    "models",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("framework", sa.Text),
    sa.Column("framework_version", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text),
)


def _model_key() -> list[sa.schema.SchemaItem]:
    return [
        _workspace_id(),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "name", "version"],
            ["models.workspace_id", "models.name", "models.version"],
            ondelete="CASCADE",
        ),
    ]


model_files = sa.Table(
    "model_files",
    metadata,
    *_model_key(),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("executable", sa.Boolean, nullable=False),
    sa.Index(None, "workspace_id", "sha256"),
)

model_tags = sa.Table(
    "model_tags",
    metadata,
    *_model_key(),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

model_properties = sa.Table(
    "model_properties",
    metadata,
    *_model_key(),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

environments = sa.Table(
    "environments",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text),
)

# A lock by its digest stays when its key is resolved anew: revisions that run name it.
locks = sa.Table(
    "locks",
    metadata,
    _workspace_id(),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

lock_keys = sa.Table(
    "lock_keys",
    metadata,
    _workspace_id(),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["workspace_id", "digest"], ["locks.workspace_id", "locks.digest"], ondelete="CASCADE"
    ),
)

services = sa.Table(
    "services",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("current_revision", sa.Integer),
    sa.Column("last_revision", sa.Integer, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("home", sa.Text),
    sa.Column("created_by", sa.Text),
)

revisions = sa.Table(
    "revisions",
    metadata,
    _workspace_id(),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("bundle", sa.JSON, nullable=False),
    sa.Column("bundle_digest", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("diagnosis", sa.JSON(none_as_null=True)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text),
    sa.ForeignKeyConstraint(
        ["workspace_id", "service"],
        ["services.workspace_id", "services.name"],
        ondelete="CASCADE",
    ),
)

# Its reference to `models` is what keeps a model from being deleted under a service, also when
# both happen at the same moment.
revision_models = sa.Table(
    "revision_models",
    metadata,
    _workspace_id(),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(
        ["workspace_id", "service", "number"],
        ["revisions.workspace_id", "revisions.service", "revisions.number"],
        ondelete="CASCADE",
    ),
    sa.ForeignKeyConstraint(
        ["workspace_id", "model", "version"],
        ["models.workspace_id", "models.name", "models.version"],
    ),
    sa.Index(None, "workspace_id", "model", "version"),
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


# Small JSON documents that a layer above keeps under a kind and a name of its own.
documents = sa.Table(
    "documents",
    metadata,
    _workspace_id(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

experiments = sa.Table(
    "experiments",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("archived_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
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
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("created_by", sa.Text),
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

images = sa.Table(
    "images",
    metadata,
    _workspace_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("bundle", sa.JSON, nullable=False),
    sa.Column("bundle_digest", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("properties", sa.JSON, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text),
    sa.Index(None, "workspace_id", "bundle_digest"),
)

# As for revisions: a model in an image cannot be deleted.
image_models = sa.Table(
    "image_models",
    metadata,
    _workspace_id(),
    sa.Column("image", sa.Text, primary_key=True),
    sa.Column("image_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(
        ["workspace_id", "image", "image_version"],
        ["images.workspace_id", "images.name", "images.version"],
        ondelete="CASCADE",
    ),
    sa.ForeignKeyConstraint(
        ["workspace_id", "model", "version"],
        ["models.workspace_id", "models.name", "models.version"],
    ),
    sa.Index(None, "workspace_id", "model", "version"),
)
