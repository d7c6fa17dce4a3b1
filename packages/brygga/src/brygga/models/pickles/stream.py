"""The bytes of a pickle: out of a file, unpacked where it is compressed, within bounds."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 16
_MOST_UNPACKED = 2 << 30
"""Bytes: what a compressed file may become, a few seconds of work."""


class ExhaustedError(Exception):
    """The bytes end before the pickle does, or a bound is reached."""


class PickleBytes:
    """Reads forward; what is not needed is passed over without being kept."""

    def __init__(self, file: IO[bytes], *, seekable: bool) -> None:
        self._file = file
        self._seekable = seekable
        self._left = None if seekable else _MOST_UNPACKED

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        self._count(count)
        data = self._file.read(count)
        if len(data) < count:
            raise ExhaustedError
        return data

    def readline(self) -> bytes:
        """Up to the end of the line."""
        line = self._file.readline(_LONGEST_LINE)
        self._count(len(line))
        return line

    def peek(self) -> bytes:
        """The next byte, which stays; empty at the end."""
        return self._file.peek(1)[:1]  # type: ignore[attr-defined,no-any-return]

    def skip(self, count: int) -> None:
        """Passes over so many bytes."""
        if self._seekable:
            # A file that ends before is noticed by the next read.
            self._file.seek(count, io.SEEK_CUR)
            return
        while count > 0:
            count -= len(self.read(min(count, _CHUNK)))

    def _count(self, count: int) -> None:
        if self._left is not None:
            self._left -= count
            if self._left < 0:
                raise ExhaustedError


class _Inflated(io.RawIOBase):
    """zlib's and gzip's data; Python has no file of the former."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(wbits=47)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._file.read(_CHUNK)
            data = self._inflate.decompress(packed, len(view))
            if data or not packed:
                view[: len(data)] = data
                return len(data)
        return 0


_UNPACKED: tuple[tuple[bytes, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", lambda file: io.BufferedReader(_Inflated(file))),
    (b"\x78", lambda file: io.BufferedReader(_Inflated(file))),
    (b"BZh", lambda file: io.BufferedReader(bz2.BZ2File(file))),
    (b"\xfd7zXZ", lambda file: io.BufferedReader(lzma.LZMAFile(file))),  # noqa: SIM115
    (b"\x5d\x00\x00", lambda file: io.BufferedReader(lzma.LZMAFile(file))),  # noqa: SIM115
)
"""What joblib and pickle's users compress with, by how it begins."""

UNPACKING_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@contextmanager
def opened(path: Path) -> Iterator[PickleBytes]:
    """The pickle in a file: plain, compressed, or what `torch.save` put into an archive."""
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        head = file.read(8)
        file.seek(0)
        if head.startswith(b"PK\x03\x04"):
            inner = _of_archive(stack.enter_context(zipfile.ZipFile(file)))
            yield PickleBytes(io.BufferedReader(inner), seekable=False)  # type: ignore[type-var]
            return
        unpack = next((unpack for magic, unpack in _UNPACKED if head.startswith(magic)), None)
        if unpack is None:
            yield PickleBytes(file, seekable=True)
        else:
            yield PickleBytes(stack.enter_context(unpack(file)), seekable=False)


def _of_archive(archive: zipfile.ZipFile) -> IO[bytes]:
    for name in archive.namelist():
        if name.rpartition("/")[2] == "data.pkl":
            return archive.open(name)
    raise ExhaustedError
