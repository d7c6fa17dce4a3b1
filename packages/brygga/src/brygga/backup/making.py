"""Writing a backup while others work."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from brygga.backup.archive import ROWS, ArchiveWriter, Manifest
from brygga.backup.places import Places
from brygga.error_codes import ErrorCode
from brygga.errors import CorruptError, InvalidInputError, StoreError
from brygga.gc.retention import Tenant, read_retention
from brygga.markup import card
from brygga.operations import Phase, Progress
from brygga.store.blobs import BlobStore
from brygga.store.files import PARTIAL, replacing, scratch_folder
from brygga.store.row_lines import read_row
from brygga.store.store import Store

_CHUNK = 1 << 20
_TRIES = 100
_HEX = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class BackupReport:
    """What was written.

    Attributes:
        size: Bytes of the file.
        blobs: How many contents are in it, and `files`, how many files beside the workspace.
    """

    path: Path
    size: int
    blobs: int
    files: int

    def _repr_html_(self) -> str:
        facts = {
            "file": self.path,
            "size": f"{self.size:,} bytes",
            "contents of models and code": self.blobs,
            "files beside": self.files,
        }
        return card("Backup", facts)


def make_backup(
    path: Path,
    *,
    store: Store,
    blobs: BlobStore,
    places: Places,
    tenant: Tenant,
    progress: Progress,
) -> BackupReport:
    """Writes a workspace into a file, which is there when it is whole.

    Rows are those of one moment, and no content that they name goes meanwhile.

    Raises:
        StoreError: content is missing or damaged: the model that has it is named.
        InvalidInputError: the file cannot be written.
    """
    progress.phase(Phase.WRITING, f"Writing {path.name}")
    try:
        with blobs.keeping(), scratch_folder() as folder, replacing(path) as file:
            rows = folder / ROWS
            secrets = _at_one_moment(store, places, rows)
            needed = _content_of(rows, blobs)
            shared = sorted(_shared(places.home, tenant))
            data = sorted(p for p in places.data.rglob("*") if _is_kept(p))
            size = rows.stat().st_size + sum(needed.values())
            size += sum(each.stat().st_size for each in (*shared, *data))
            archive = ArchiveWriter(file)
            made_at = datetime.now(UTC).isoformat()
            archive.add_bytes(
                "brygga-backup.json", Manifest(store.workspace, made_at, size).to_bytes()
            )
            _add_file(archive, ROWS, rows)
            for name, content in secrets.items():
                archive.add_bytes(name, content)
            for each in shared:
                _add_file(archive, f"shared/{each.relative_to(places.home)}", each)
            for each in data:
                _add_file(archive, f"data/{each.relative_to(places.data)}", each)
            _add_blobs(archive, blobs, needed, _who_has(rows), progress)
            archive.finish()
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be written: {error.strerror or error}.",
            code=ErrorCode.FILE_UNWRITABLE,
            hint="Look whether its disk is full and whether it is yours to write.",
        ) from error
    return BackupReport(path, path.stat().st_size, len(needed), len(data))


def _at_one_moment(store: Store, places: Places, rows: Path) -> dict[str, bytes]:
    """Writes the rows; keys and secrets that fit them: those that did not change meanwhile."""
    for _ in range(_TRIES):
        before = _secrets(places)
        with rows.open("wb") as file:
            for line in store.row_lines():
                file.write(line)
        if _secrets(places) == before:
            return before
    raise StoreError(
        "Keys or secrets of services changed all the time while they were read.",
        code=ErrorCode.SECRETS_UNUSABLE,
        hint="Try again when nobody deploys.",
    )


def _secrets(places: Places) -> dict[str, bytes]:
    found = {}
    for path in (places.secrets, places.vault):
        if path.exists():
            found[path.name] = path.read_bytes()
    return found


def _content_of(rows: Path, blobs: BlobStore) -> dict[str, int]:
    """The blobs that rows name, and their sizes.

    Raises:
        StoreError: one that a model or run needs is missing.
    """
    there = blobs.sizes()
    needed: dict[str, int] = {}
    for line in _lines(rows):
        for digest in (found.decode() for found in _HEX.findall(line)):
            if digest in there:
                needed[digest] = there[digest]
    for digest, user in _who_has(rows)().items():
        if digest not in there:
            raise StoreError(
                f"Content of {user} is missing (sha256 {digest}).",
                code=ErrorCode.STORE_CONTENT_MISSING,
                hint="Delete it, or register it again, and make the backup then.",
            )
    return needed


def _who_has(rows: Path) -> Callable[[], dict[str, str]]:
    return lambda: owners(_lines(rows))


def owners(lines: Iterator[bytes]) -> dict[str, str]:
    """For each content of a model or run, one that has it, for people."""
    found: dict[str, str] = {}
    for line in lines:
        table, row = read_row(line)
        if table == "model_files":
            found[row["sha256"]] = f"the model {row['name']}:{row['version']}, {row['path']}"
        elif table == "run_files":
            found[row["sha256"]] = f"the run {row['run']}, {row['path']}"
    return found


def _lines(rows: Path) -> Iterator[bytes]:
    with rows.open("rb") as file:
        yield from file


def _shared(home: Path, tenant: Tenant) -> Iterator[Path]:
    """What the home keeps for all workspaces, and this one needs."""
    needs = read_retention((tenant,))
    yield from (p for wheel in needs.wheels if (p := home / "wheels" / wheel).is_file())
    for server in needs.servers:
        yield from (p for p in (home / "servers" / server).rglob("*") if _is_kept(p))


def _is_kept(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not path.name.startswith(PARTIAL)


def _add_file(archive: ArchiveWriter, name: str, path: Path) -> None:
    """As it is at the moment; what is appended to it meanwhile is left out.

    Raises:
        StoreError: it is written anew all the time.
    """
    with path.open("rb") as file:
        digest, size = _digest(file)
        file.seek(0)
        if archive.add(name, file, digest, size):
            return
    raise StoreError(
        f"{path} was changed while it was read.",
        code=ErrorCode.FILE_UNREADABLE,
        hint="Try again when nobody writes to it.",
    )


def _digest(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while data := file.read(_CHUNK):
        digest.update(data)
        size += len(data)
    return digest.hexdigest(), size


def _add_blobs(
    archive: ArchiveWriter,
    blobs: BlobStore,
    needed: dict[str, int],
    who_has: Callable[[], dict[str, str]],
    progress: Progress,
) -> None:
    done, total = 0, sum(needed.values())
    for digest, size in sorted(needed.items()):
        progress.advance(done, total)
        with blobs.open(digest) as content:
            if not archive.add(f"blobs/{digest}", content, digest, size):
                raise CorruptError(f"Content of {who_has().get(digest, 'the workspace')}", digest)
        done += size
