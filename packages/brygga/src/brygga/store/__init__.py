"""What a workspace remembers: rows in a database, blobs by digest, secrets, and locks on files.

Nothing is imported here, so that `brygga.store.rows` costs nothing: SQLAlchemy is loaded with
`brygga.store.database` only.
"""
