"""Reading a backup into a workspace.

Content comes first, each piece at its place once it is verified; rows come last, in one
transaction. Who is interrupted begins again, and what is there is passed over.
"""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path

from brygga.backup.archive import ROWS, ArchiveReader, Entry
from brygga.backup.making import owners
from brygga.backup.places import Places
from brygga.errors import CorruptError
from brygga.operations import Phase, Progress
from brygga.store.blobs import BlobStore
from brygga.store.files import replacing
from brygga.store.rows import Whereabouts
from brygga.store.secrets import SecretStore
from brygga.store.store import Store

_DIGEST = re.compile("[0-9a-f]{64}")


def restore_backup(
    archive: ArchiveReader,
    *,
    store: Store,
    blobs: BlobStore,
    places: Places,
    place: Whereabouts,
    replace: bool,
    progress: Progress,
) -> None:
    """Puts all of a backup into a workspace.

    Args:
        place: Whose the services are then.
        replace: Whether there may be things in it, which are lost by it.

    Raises:
        StoreError: an entry is damaged, and named; or there are things in the workspace. Its rows
            are as they were.
    """
    progress.phase(Phase.WRITING, f"Reading {archive.path.name}")
    rows: Entry | None = None
    done = 0
    secrets: dict[Path, bytes] = {}
    # What is put here has no row yet that names it: nobody may take it for unused.
    with blobs.keeping():
        for entry in archive.entries():
            progress.advance(done, max(done, archive.manifest.size))
            try:
                if entry.name == ROWS:
                    _verify(archive, entry)
                    rows = entry
                elif entry.name in (places.secrets.name, places.vault.name):
                    secrets[places.secrets.with_name(entry.name)] = archive.content(entry)
                elif entry.name.startswith("blobs/"):
                    _put_blob(archive, entry, blobs, rows)
                else:
                    path = _place_of(archive, entry, places)
                    _put_file(archive, entry, path, replace=replace)
            except tarfile.TarError as error:
                raise archive.damaged(entry.name) from error
            done += entry.size
        if rows is None:
            raise archive.damaged(ROWS)
        progress.advance(done, done)
        for file, content in secrets.items():
            try:
                services = json.loads(content)["services"]
                SecretStore(file).take_over(services, replace=replace)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise archive.damaged(file.name) from error
        try:
            store.replace_rows(archive.lines(rows), place=place, replace=replace)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise archive.damaged(ROWS) from error


def _place_of(archive: ArchiveReader, entry: Entry, places: Places) -> Path:
    kind, _, rest = entry.name.partition("/")
    if kind == "data" and rest:
        return places.data / rest
    if kind == "shared" and rest.startswith(("wheels/", "servers/")):
        return places.home / rest
    raise archive.damaged(entry.name)


def _put_blob(archive: ArchiveReader, entry: Entry, blobs: BlobStore, rows: Entry | None) -> None:
    digest = entry.name.partition("/")[2]
    if not _DIGEST.fullmatch(digest):
        raise archive.damaged(entry.name)
    if blobs.size(digest) == entry.size:
        return
    try:
        blobs.put_verified(entry.content, digest)
    except CorruptError as error:
        whose = owners(archive.lines(rows)).get(digest) if rows else None
        raise archive.damaged(entry.name, f", which is of {whose}" if whose else "") from error


def _put_file(archive: ArchiveReader, entry: Entry, path: Path, *, replace: bool) -> None:
    """A file that is there stays, unless it may be replaced."""
    if path.exists() and not replace:
        _verify(archive, entry)
        return
    with replacing(path, durable=False) as file:
        for part in archive.parts(entry):
            file.write(part)


def _verify(archive: ArchiveReader, entry: Entry) -> None:
    for _ in archive.parts(entry):
        pass
