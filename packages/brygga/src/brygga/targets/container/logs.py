"""The log of a service: of containers that live, that have died, and that are gone."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from brygga.errors import EngineUnavailableError
from brygga.images.engine import Engine
from brygga.store.files import make_folder
from brygga.targets.container.containers import Container, find
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local.logs import lines_of, read_log

_LARGEST_FILE = 10 << 20
_LOOK_S = 0.25

Connect = Callable[[], Engine]


def read(folder: ContainerFolder, connect: Connect, lines: int | None) -> list[str]:
    """The last lines, oldest first: what was kept of removed containers, then the others'.

    Raises:
        EngineUnavailableError: none answers, and there is nothing but what it has.
    """
    found = read_log(folder.log_file, lines)
    try:
        engine = connect()
    except EngineUnavailableError:
        if not found:
            raise
    else:
        for container in by_age(find(engine, folder)):
            found += of_container(engine, container, lines)
    return found if lines is None else found[max(0, len(found) - lines) :]


def of_container(engine: Engine, container: Container, lines: int | None) -> list[str]:
    """The last lines of one container, alive or dead."""
    from docker.errors import APIError, NotFound

    tail: int | str = "all" if lines is None else lines
    try:
        data = engine.client.api.logs(container.id, tail=tail)
    except (NotFound, APIError):
        return []
    return lines_of(data)


def keep(folder: ContainerFolder, engine: Engine, container: Container) -> None:
    """Appends a container's log to the file, before it is removed with the container."""
    text = "".join(f"{line}\n" for line in of_container(engine, container, None))
    file = folder.log_file
    make_folder(file.parent)
    if file.exists() and file.stat().st_size + len(text) > _LARGEST_FILE:
        file.replace(file.with_name(f"{file.name}.1"))
    with file.open("a", encoding="utf-8") as log:
        log.write(text)


def follow(
    folder: ContainerFolder, connect: Connect, lines: int | None, ended: Callable[[], bool]
) -> Iterator[str]:
    """The last lines, then each that is added by any container, also by later ones."""
    yield from read_log(folder.log_file, lines)
    follower = _Follower(connect())
    tail = lines
    while True:
        over = ended()
        for container in by_age(find(follower.engine, folder)):
            follower.attend(container, tail)
        tail = None
        yield from follower.heard(_LOOK_S)
        if over:
            return


class _Follower:
    """Listens to containers, each in a thread that ends with the container."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lines: queue.Queue[str] = queue.Queue()
        self._known: set[str] = set()

    def attend(self, container: Container, lines: int | None) -> None:
        """Begins to listen to a container, with its last lines first."""
        if container.id in self._known:
            return
        self._known.add(container.id)
        if not container.running:
            for line in of_container(self.engine, container, lines):
                self._lines.put(line)
            return
        thread = threading.Thread(target=self._listen, args=(container.id, lines), daemon=True)
        thread.start()

    def heard(self, seconds: float) -> Iterator[str]:
        """What came, once nothing comes for so long."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._lines.get(timeout=seconds)

    def _listen(self, container: str, lines: int | None) -> None:
        from docker.errors import DockerException

        rest = b""
        tail: int | str = "all" if lines is None else lines
        with contextlib.suppress(DockerException, OSError):
            for part in self.engine.client.api.logs(container, stream=True, follow=True, tail=tail):
                *whole, rest = (rest + part).split(b"\n")
                for line in whole:
                    self._lines.put(line.decode("utf-8", "replace").rstrip("\r"))


def by_age(containers: Iterable[Container]) -> list[Container]:
    """Those of older revisions first."""
    return sorted(containers, key=lambda c: (_revision(c.generation), c.generation, c.replica))


def _revision(generation: str) -> int:
    number = generation.partition("-")[0]
    return int(number) if number.isdecimal() else 0
