"""The scoring server that this Brygga carries, and those that older ones left."""

from __future__ import annotations

import functools
import hashlib
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from brygga.environments.index import IndexOptions
from brygga.environments.interpreters import calling
from brygga.environments.realise import RealisedEnvironment, Realiser, Recipe
from brygga.error_codes import ErrorCode
from brygga.errors import NotFoundError, PackagingError
from brygga.operations import SILENT, Progress
from brygga.store.files import new_folder


@dataclass(frozen=True)
class ServerRelease:
    """A scoring server, ready to be installed.

    Attributes:
        digest: sha256 of the wheel and of the lock of what it needs.
        wheel: The server itself.
        requirements: What it needs, pinned and hashed.
    """

    digest: str
    wheel: Path
    requirements: Path


@functools.cache
def carried_server() -> ServerRelease:
    """The server inside this Brygga.

    Raises:
        PackagingError: it was installed without one.
    """
    folder = Path(str(resources.files("brygga"))) / "_server"
    release = _release(folder)
    if release is None:
        raise PackagingError(
            "This installation of brygga carries no scoring server.",
            code=ErrorCode.SERVER_MISSING,
            hint="Install it again; from a checkout: make .venv/bin/.installed",
        )
    return release


def realise_server(
    home: Path, realiser: Realiser, digest: str | None = None, progress: Progress = SILENT
) -> RealisedEnvironment:
    """A server in an environment of its own, on the interpreter this runs in.

    Every release that was realised once is kept, so that a service stays on the one it was
    deployed with when Brygga is upgraded. A few file system calls where it exists.

    Args:
        home: `$BRYGGA_HOME`.
        digest: Of the release; None for the carried one.

    Raises:
        NotFoundError: a release that is neither carried nor kept.
        PackagingError: it cannot be installed.
    """
    return realiser.realise_recipe(_recipe(find_server(home, digest)), progress)


def verify_server(
    home: Path, realiser: Realiser, digest: str, progress: Progress = SILENT
) -> tuple[str, ...]:
    """Makes a release anew if its files were damaged; returns which.

    Raises:
        NotFoundError: a release that is neither carried nor kept.
        PackagingError: it cannot be installed.
    """
    return realiser.verify_recipe(_recipe(find_server(home, digest)), progress)


def find_server(home: Path, digest: str | None = None) -> ServerRelease:
    """A release by its digest, the carried one for None; it is kept from then on.

    Raises:
        NotFoundError: it is neither carried nor kept.
    """
    carried = carried_server()
    if digest not in (None, carried.digest):
        return _kept(home, digest or "")
    folder = home / "servers" / carried.digest
    if not folder.is_dir():
        _keep(carried, folder)
    return carried


def _recipe(release: ServerRelease) -> Recipe:
    return Recipe(
        what="the scoring server",
        digest=release.digest,
        requirements=release.requirements.read_text(encoding="utf-8"),
        interpreter=calling(),
        index=IndexOptions(),
        alone=release.wheel,
    )


def _release(folder: Path) -> ServerRelease | None:
    wheels, requirements = sorted(folder.glob("*.whl")), folder / "requirements.txt"
    if not wheels or not requirements.is_file():
        return None
    whole = hashlib.sha256()
    for path in (wheels[-1], requirements):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return ServerRelease(whole.hexdigest(), wheels[-1], requirements)


def _kept(home: Path, digest: str) -> ServerRelease:
    release = _release(home / "servers" / digest)
    if release is None or release.digest != digest:
        raise NotFoundError(
            "scoring server",
            digest,
            hint="Deploy the service again: it then gets the server of this Brygga.",
        )
    return release


def _keep(release: ServerRelease, folder: Path) -> None:
    with new_folder(folder) as new:
        for path in (release.wheel, release.requirements):
            shutil.copyfile(path, new / path.name)
