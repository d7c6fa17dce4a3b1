"""The files of an image that an engine has, asked for one by one."""

from __future__ import annotations

import base64
import io
import json
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from brygga.images.base_files import BaseFiles
from brygga.images.engine import Engine

_SYMBOLIC_LINK = 1 << 27  # in the modes of Go
_LINKS = 40
_STAT = "X-Docker-Container-Path-Stat"


@contextmanager
def engine_files(engine: Engine, image: str) -> Iterator[EngineFiles]:
    """The files of an image, by its id: of a container that is never started."""
    container = engine.client.api.create_container(image, command=["nothing"])["Id"]
    try:
        yield EngineFiles(engine, container)
    finally:
        engine.client.api.remove_container(container, force=True, v=True)


class EngineFiles(BaseFiles):
    """What is in a container of an engine."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    def resolve(self, path: str) -> str | None:
        """See `BaseFiles`: the engine follows the links of folders, and we those of the file."""
        api = self._engine.client.api
        for _ in range(_LINKS):
            url = f"{api.base_url}/containers/{self._container}/archive"
            answer = api.head(url, params={"path": path}, timeout=api.timeout)
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            found = json.loads(base64.b64decode(answer.headers[_STAT]))
            target = str(found.get("linkTarget") or "")
            if not int(found["mode"]) & _SYMBOLIC_LINK or not target:
                return path
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return None

    def read(self, path: str, most: int) -> bytes:
        """See `BaseFiles`; what comes after that is not waited for."""
        stream, _ = self._engine.client.api.get_archive(self._container, path)
        with tarfile.open(fileobj=_Readable(stream), mode="r|") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    return content.read(most)
        return b""


class _Readable(io.RawIOBase):
    """What comes in pieces, to be read as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            self._left = next(self._pieces, b"")
            if not self._left:
                return 0
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
