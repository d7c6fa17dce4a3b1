"""Named, versioned images, and the models in them.

They are spelled out here and not taken from `tables`, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the new tables; those they refer to are there."""
    metadata.create_all(op.get_bind(), tables=[images, image_models])


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


workspaces = sa.Table("workspaces", metadata, sa.Column("id", sa.Integer, primary_key=True))

models = sa.Table(
    "models",
    metadata,
    sa.Column("workspace_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
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
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index(None, "workspace_id", "bundle_digest"),
)

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
