"""The files of an image, read from its layers."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import ImageBuildError
from brygga.images.base_files import BaseFiles

_LINKS = 40  # as Linux has it
_GONE = ".wh."
_ALL_GONE = ".wh..wh..opq"


@dataclass(frozen=True)
class _Listed:
    """A path in a layer: `link` where it leads to, if it does; `layer` which one has it."""

    layer: int
    name: str
    link: str | None = None


class _Layer:
    """What one layer has, and what it takes away of those below it: all at once, at its end."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._listed: dict[str, _Listed] = {}
        self._implied: set[str] = set()  # archives may leave folders out
        self._gone: set[str] = set()
        self._emptied: set[str] = set()

    def take(self, member: tarfile.TarInfo) -> None:
        """Notes an entry of its archive."""
        place = _place(member.name)
        folder, name = posixpath.split(place)
        if name == _ALL_GONE:
            self._emptied.add(folder)
        elif name.startswith(_GONE):
            self._gone.add(posixpath.join(folder, name.removeprefix(_GONE)))
        elif place:
            if folder not in self._implied:
                self._implied.update(_above(place))
            if not member.isdir():
                self._gone.add(place)
            # A hard link has no content of its own: it is that of another entry of the layer.
            own = _place(member.linkname) if member.islnk() else place
            link = member.linkname if member.issym() else None
            self._listed[place] = _Listed(self._number, own, link)

    def over(self, below: Mapping[str, _Listed]) -> dict[str, _Listed]:
        """What there is, with it on top of others."""
        left = {path: what for path, what in below.items() if not self._takes_away(path)}
        folders = {path: _Listed(self._number, path) for path in self._implied}
        return folders | left | self._listed

    def _takes_away(self, path: str) -> bool:
        return path in self._gone or any(
            above in self._gone or above in self._emptied for above in (*_above(path), "")
        )


class LayerFiles(BaseFiles):
    """The listing of all layers, one over the other. Content is looked up when it is asked for."""

    def __init__(self, layers: Sequence[Callable[[], Path]]) -> None:
        """Reads the listing of each layer.

        Args:
            layers: Where the archive of each is, from the bottom up.

        Raises:
            ImageBuildError: one cannot be read.
        """
        self._layers = layers
        self._there: dict[str, _Listed] = {}
        for number, layer in enumerate(layers):
            upper = _Layer(number)
            with _opened(layer()) as members:
                for member in members:
                    upper.take(member)
            self._there = upper.over(self._there)

    def resolve(self, path: str) -> str | None:
        """See `BaseFiles`; links are followed below the image's own root."""
        left = [part for part in path.split("/") if part][::-1]
        place, followed = "", 0
        while left:
            part = left.pop()
            if part in (".", ".."):
                place = posixpath.dirname(place) if part == ".." else place
                continue
            place = f"{place}/{part}" if place else part
            found = self._there.get(place)
            if found is None:
                return None
            if found.link is not None:
                followed += 1
                if followed > _LINKS:
                    return None
                place = "" if found.link.startswith("/") else posixpath.dirname(place)
                left += [each for each in found.link.split("/") if each][::-1]
        return f"/{place}"

    def read(self, path: str, most: int) -> bytes:
        """See `BaseFiles`."""
        found = self._there[path.lstrip("/")]
        name = found.name
        with _opened(self._layers[found.layer]()) as archive:
            for member in archive:
                if _place(member.name) != name:
                    continue
                content = archive.extractfile(member)
                return b"" if content is None else content.read(most)
        return b""


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|*") as archive:
            yield archive
    except tarfile.TarError as error:
        raise ImageBuildError(
            "",
            f"a layer of its base image cannot be read: {error}",
            code=ErrorCode.BASE_IMAGE_UNSUITABLE,
            hint="Its layers have to be tar archives, as they are or packed with gzip.",
        ) from error


def _place(name: str) -> str:
    """Without what is written before it in all kinds of ways; empty for the root."""
    return posixpath.normpath(f"/{name}").lstrip("/")


def _above(place: str) -> Iterator[str]:
    while place := posixpath.dirname(place):
        yield place
