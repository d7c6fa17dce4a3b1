"""Whose a service is: the home that runs it; and who made what there is.

Of rows from before, neither is known. What a home finds in its own folders is its own, and the next
deployment writes it down.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds columns; no row is changed."""
    op.add_column("services", sa.Column("home", sa.Text))
    for table in ("models", "environments", "images", "services", "revisions", "runs"):
        op.add_column(table, sa.Column("created_by", sa.Text))
