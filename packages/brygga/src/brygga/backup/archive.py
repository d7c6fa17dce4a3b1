"""The file of a backup: a tar archive whose entries carry their sha256.

    brygga-backup.json   which workspace, when, how much
    rows.ndjson          the rows of the store, as of one moment
    secrets.json, vault.json
    shared/...           what workspaces of a home share: local wheels, servers
    data/...             files beside the workspace
    blobs/<sha256>       content
    end.json             how many entries there are before it: without it the file is not whole

Entries are written and read one after another, a megabyte at a time.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, StoreError
from brygga.store.rows import WorkspaceKey

MANIFEST, ROWS, END = "brygga-backup.json", "rows.ndjson", "end.json"
VERSION = 1
_COMMENT, _SHA256 = "comment", "sha256:"  # what tar knows, and passes over
_CHUNK = 1 << 20
_MOST_AT_ONCE = 64 << 20  # bytes of an entry that is taken whole; secrets and manifests are small


@dataclass(frozen=True)
class Manifest:
    """The first entry.

    Attributes:
        made_at: In ISO 8601, UTC.
        size: Bytes of all that comes after it, about.
    """

    workspace: WorkspaceKey
    made_at: str
    size: int

    def to_bytes(self) -> bytes:
        """As it is written."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads what `to_bytes` wrote.

        Raises:
            ValueError: it did not, or a newer Brygga did.
        """
        try:
            found = json.loads(data)
            version = found["version"]
            if version == VERSION:
                key = WorkspaceKey(**found["workspace"])
                return cls(key, str(found["made_at"]), int(found["size"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("its first entry says nothing of a workspace") from error
        raise ValueError(f"it is of version {version}, which a newer Brygga wrote")


class ArchiveWriter:
    """Writes entries one after another."""

    def __init__(self, file: BinaryIO) -> None:
        self._tar = tarfile.TarFile(
            fileobj=file, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK
        )
        self._entries = 0

    def add_bytes(self, name: str, content: bytes) -> None:
        """Adds what is in memory."""
        digest = hashlib.sha256(content).hexdigest()
        self.add(name, io.BytesIO(content), digest, len(content))

    def add(self, name: str, source: IO[bytes], sha256: str, size: int) -> bool:
        """Adds `size` bytes of a source; whether they had that digest."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        info.pax_headers = {_COMMENT: _SHA256 + sha256}
        reading = _Hashing(source)
        self._tar.addfile(info, reading)
        self._tar.getmembers().clear()  # it would remember every entry
        self._entries += 1
        return reading.digest == sha256

    def finish(self) -> None:
        """Says that the file is whole."""
        self.add_bytes(END, json.dumps({"entries": self._entries}).encode())
        self._tar.close()


@dataclass(frozen=True)
class Entry:
    """One entry, whose content can be read once, before the next one is asked for."""

    name: str
    sha256: str
    size: int
    offset: int
    content: io.BufferedReader


class ArchiveReader:
    """Reads a backup; it may be read several times."""

    def __init__(self, path: Path) -> None:
        """Reads its first entry.

        Raises:
            InvalidInputError: it cannot be read, or is no backup that this version knows.
        """
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise InvalidInputError(
                f"{path} cannot be read: {error.strerror}.",
                code=ErrorCode.FILE_UNREADABLE,
                hint="Look whether it is there and yours.",
            ) from error
        try:
            first = next(self._entries())
            if first.name != MANIFEST:
                raise ValueError("it begins with something else")
            self.manifest = Manifest.from_bytes(_whole(first))
        except (StopIteration, ValueError, tarfile.TarError, StoreError) as error:
            self._file.close()
            reason = str(error) or "it has no entries"
            raise InvalidInputError(
                f"{path} is no backup of a workspace: {reason}.",
                code=ErrorCode.BACKUP_INVALID,
                hint="Give a file that a backup of a workspace has written.",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def entries(self) -> Iterator[Entry]:
        """All entries between the first and the last.

        Raises:
            StoreError: the file is not whole.
        """
        last, count = MANIFEST, 0
        try:
            for entry in self._entries():
                if entry.name == END:
                    if json.loads(_whole(entry)) != {"entries": count}:
                        raise self.damaged(END)
                    return
                last, count = entry.name, count + 1
                if entry.name != MANIFEST:
                    yield entry
        except (OSError, ValueError, tarfile.TarError) as error:
            raise self.damaged(f"what comes after {last}") from error
        raise self.damaged(f"what comes after {last}")

    def lines(self, entry: Entry) -> Iterator[bytes]:
        """The lines of an entry, also of one that was read already."""
        self._file.seek(entry.offset)
        left = entry.size
        while left > 0:
            line = self._file.readline(left)
            if not line:
                raise self.damaged(entry.name)
            left -= len(line)
            yield line

    def content(self, entry: Entry) -> bytes:
        """All of a small entry, verified.

        Raises:
            StoreError: it is not what was written, or not small.
        """
        if entry.size > _MOST_AT_ONCE:
            raise self.damaged(entry.name)
        return b"".join(self.parts(entry))

    def parts(self, entry: Entry) -> Iterator[bytes]:
        """The content of an entry, some at a time.

        Raises:
            StoreError: at its end, if it is not what was written.
        """
        digest = hashlib.sha256()
        while data := entry.content.read(_CHUNK):
            digest.update(data)
            yield data
        if digest.hexdigest() != entry.sha256:
            raise self.damaged(entry.name)

    def damaged(self, what: str, more: str = "") -> StoreError:
        """The error that names what is damaged."""
        return StoreError(
            f"The backup {self.path} is damaged: {what} is not what was written{more}.",
            code=ErrorCode.BACKUP_DAMAGED,
            hint="Restore an earlier backup, or another copy of this one; nothing of it is in use.",
        )

    def _entries(self) -> Iterator[Entry]:
        self._file.seek(0)
        tar = tarfile.TarFile(fileobj=self._file, mode="r")
        while (info := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined]
            content = None
            if info.isreg() and not info.issparse() and _is_safe(info.name):
                content = tar.extractfile(info)
            digest = info.pax_headers.get(_COMMENT, "").removeprefix(_SHA256)
            if not isinstance(content, io.BufferedReader):
                raise self.damaged(repr(info.name))
            yield Entry(info.name, digest, info.size, info.offset_data, content)


class _Hashing(io.RawIOBase):
    """Reads on, and knows the digest of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._sha256 = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self._sha256.update(data)
        return data


def _whole(entry: Entry) -> bytes:
    if entry.size > _MOST_AT_ONCE:
        raise ValueError(f"its {entry.name} is too large")
    return entry.content.read()


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    # As a path is written and no other way: of `data//etc` the rest is one that leads anywhere.
    return str(path) == name and not path.is_absolute() and ".." not in path.parts
