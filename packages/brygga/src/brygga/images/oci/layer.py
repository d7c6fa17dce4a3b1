"""Layers: tar archives that are the same, byte for byte, for the same files."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from brygga.images.oci.documents import TAR, TAR_GZIP, Descriptor

_EPOCH = 315_532_800
"""1980: the oldest time that a zip archive of such files can have."""
_PIECE = 1 << 20
_LEVEL = 4  # half the time of 6, for one part in twenty more
_AHEAD = 4
_SHARED = ("", "opt")
"""Folders that a base image may have with other rights: they are not said anew."""
# No time, no name, no system: of the same input the same bytes.
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True)
class Tree:
    """A folder of this machine, and where its content goes in the image.

    Attributes:
        only: Name of the folders below it that are meant; all of it where this is empty.
    """

    folder: Path
    place: str
    only: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer that was written.

    Attributes:
        diff_id: Digest of the archive as it is unpacked.
        blob: The archive as it was written.
    """

    diff_id: str
    blob: Descriptor


class _Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


def write_layer(trees: Sequence[Tree], file: BinaryIO, *, compress: bool) -> Layer:
    """Writes the files of all trees as one layer.

    Owners are root, times are one and the same, and of a file's mode only counts whether it can be
    run: so the same content is the same archive, wherever and whenever it is made.

    Args:
        compress: With gzip, which every registry and engine takes; pieces of the archive are
            compressed side by side.
    """
    counted = _Counted(file)
    unpacked = hashlib.sha256()
    if compress:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            gzip = _Gzip(counted, pool)
            _write_tar(trees, _Both(unpacked, gzip))
            gzip.close()
    else:
        _write_tar(trees, _Both(unpacked, counted))
    kind = TAR_GZIP if compress else TAR
    blob = Descriptor(kind, f"sha256:{counted.seen.hexdigest()}", counted.size)
    return Layer(f"sha256:{unpacked.hexdigest()}", blob)


def _write_tar(trees: Sequence[Tree], to: _Sink) -> None:
    entries = sorted((place, path) for tree in trees for place, path in _entries(tree))
    done = ""
    for place, path in entries:
        if place != done:  # folders that several trees have
            _write_entry(place, path, to)
        done = place
    to.write(bytes(tarfile.BLOCKSIZE * 2))


def _entries(tree: Tree) -> Iterator[tuple[str, Path]]:
    root = tree.place.strip("/")
    if root not in _SHARED and not tree.only:
        yield root, tree.folder
    for parent, folders, files in os.walk(tree.folder):
        below = os.path.relpath(parent, tree.folder)
        for name in (*folders, *files):
            place = os.path.normpath(f"{root}/{below}/{name}").lstrip("/")
            if place not in _SHARED and (not tree.only or tree.only in place.split("/")):
                yield place, Path(parent, name)


def _write_entry(place: str, path: Path, to: _Sink) -> None:
    found = path.lstat()
    entry = tarfile.TarInfo(place)
    entry.mtime = _EPOCH
    entry.mode = 0o755 if stat.S_ISDIR(found.st_mode) or found.st_mode & 0o100 else 0o644
    if stat.S_ISDIR(found.st_mode):
        entry.type = tarfile.DIRTYPE
        entry.name += "/"
    elif stat.S_ISLNK(found.st_mode):
        entry.type, entry.mode, entry.linkname = tarfile.SYMTYPE, 0o777, str(path.readlink())
    else:
        entry.size = found.st_size
    to.write(entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    if entry.type != tarfile.REGTYPE:
        return
    left = entry.size
    with path.open("rb") as file:
        while left and (piece := file.read(min(_PIECE, left))):
            to.write(piece)
            left -= len(piece)
    if left:
        raise OSError(f"{path} was cut off while it was read")
    to.write(bytes(-entry.size % tarfile.BLOCKSIZE))


class _Counted:
    """Passes on what is written, with its digest and size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seen = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self.seen.update(data)
        self.size += len(data)
        self._file.write(data)


class _Both:
    """Passes on what is written, to a digest as well."""

    def __init__(self, digest: hashlib._Hash, to: _Sink) -> None:
        self._digest = digest
        self._to = to

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._to.write(data)


class _Gzip:
    """One gzip stream whose pieces are compressed side by side.

    Pieces are cut by their size alone, so that the result is the same on one processor and on many.
    """

    def __init__(self, to: _Sink, pool: ThreadPoolExecutor) -> None:
        self._to = to
        self._pool = pool
        self._open = bytearray()
        self._ahead: list[Future[bytes]] = []
        self._sum = zlib.crc32(b"")
        self._size = 0
        to.write(_GZIP_HEAD)

    def write(self, data: bytes) -> None:
        self._sum = zlib.crc32(data, self._sum)
        self._size += len(data)
        self._open += data
        while len(self._open) >= _PIECE:
            self._begin(bytes(self._open[:_PIECE]))
            del self._open[:_PIECE]

    def close(self) -> None:
        self._begin(bytes(self._open))
        while self._ahead:
            self._end()
        self._to.write(b"\x03\x00")  # an empty last block
        self._to.write(self._sum.to_bytes(4, "little"))
        self._to.write((self._size & 0xFFFFFFFF).to_bytes(4, "little"))

    def _begin(self, piece: bytes) -> None:
        if len(self._ahead) >= _AHEAD:
            self._end()
        self._ahead.append(self._pool.submit(_deflated, piece))

    def _end(self) -> None:
        self._to.write(self._ahead.pop(0).result())


def _deflated(piece: bytes) -> bytes:
    """A piece of a deflate stream that ends on a byte and refers to nothing before it."""
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(piece) + made.flush(zlib.Z_SYNC_FLUSH)
