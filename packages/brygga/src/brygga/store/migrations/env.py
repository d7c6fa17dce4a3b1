"""Runs the migrations on the connection, and in the transaction, of the caller.

`alembic revision` needs no database; `brygga.store.schema` is what upgrades one.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
