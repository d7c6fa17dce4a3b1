"""The files of an image, read from its layers."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Callable, Iterator, Sequence
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
            listed: dict[str, _Listed] = {}
            with _opened(layer()) as members:
                for member in members:
                    self._take(member, number, listed)
            self._there |= listed

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

    def _take(self, member: tarfile.TarInfo, layer: int, listed: dict[str, _Listed]) -> None:
        place = _place(member.name)
        folder, name = posixpath.split(place)
        if name == _ALL_GONE:
            self._forget(folder, itself=False)
        elif name.startswith(_GONE):
            self._forget(posixpath.join(folder, name.removeprefix(_GONE)), itself=True)
        elif place:
            for above in _above(place):  # archives may leave folders out
                if above not in self._there:
                    listed.setdefault(above, _Listed(layer, above))
            if not member.isdir() and place in self._there:
                self._forget(place, itself=True)
            # A hard link has no content of its own: it is that of another entry of the layer.
            own = _place(member.linkname) if member.islnk() else place
            listed[place] = _Listed(layer, own, member.linkname if member.issym() else None)

    def _forget(self, place: str, *, itself: bool) -> None:
        if itself:
            self._there.pop(place, None)
        below = f"{place}/" if place else ""
        for path in [path for path in self._there if path.startswith(below)]:
            del self._there[path]


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
