"""From a lock to an environment on this machine, made once and then shared."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from brygga.environments.explain import explain
from brygga.environments.index import IndexOptions
from brygga.environments.interpreters import Interpreter, Interpreters
from brygga.environments.lock import Lock
from brygga.environments.uv import UvResult, run_uv
from brygga.environments.verify import Damage, find_damage
from brygga.environments.wheels import WheelFolder
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, PackagingError, StoreError
from brygga.operations import SILENT, Phase, Progress
from brygga.store.filelock import FileLock
from brygga.store.files import make_folder, scratch_folder, write_json

MARKER = ".brygga.json"
_LONGEST_S = 3600.0


@dataclass(frozen=True)
class RealisedEnvironment:
    """Packages on disk, with the interpreter that finds them.

    Attributes:
        digest: Of what it holds, interpreter build and platform; the name of its folder.
        path: The folder; nobody but its realiser and Python's own bytecode writes to it.
        python: The interpreter to start.
    """

    digest: str
    path: Path
    python: Path

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """Keeps it from being removed as unused for the length of a block.

        Services do without: their rows say what they use. This is for what leaves no row.

        Raises:
            StoreError: it was removed just now.
        """
        lock = environment_lock(self.path.parent.parent, self.digest)
        with lock.acquired(_LONGEST_S, shared=True):
            if not _is_complete(self):
                raise StoreError(
                    f"The environment {self.path} was removed just now, as unused.",
                    code=ErrorCode.ENVIRONMENT_REMOVED,
                    hint="Try again: it is then made anew.",
                )
            yield self


@dataclass(frozen=True)
class Recipe:
    """What goes into a realised environment.

    Attributes:
        what: For people.
        digest: Of the packages.
        requirements: Pinned and hashed.
        interpreter: What it is made with.
        wheels: Local ones that requirements name.
        alone: A wheel that is installed by itself, without its dependencies.
    """

    what: str
    digest: str
    requirements: str
    interpreter: Interpreter
    index: IndexOptions
    wheels: tuple[Path, ...] = ()
    alone: Path | None = None


class Realiser:
    """Makes environments below `$BRYGGA_HOME/environments`, each one once.

    Whoever else wants the same one meanwhile waits. What a killed process left half made has no
    marker, and is made anew. Bytecode is left to the first import (see docs/adr).
    """

    def __init__(self, home: Path, interpreters: Interpreters) -> None:
        self._home = home
        self._interpreters = interpreters
        self._wheels = WheelFolder(home)

    def realise(self, lock: Lock, progress: Progress = SILENT) -> RealisedEnvironment:
        """The environment of a lock; a few file system calls where it exists.

        Raises:
            PythonNotFoundError: the lock's Python is not here.
            PackageIndexError: the index cannot be reached.
            PackagingError: the packages cannot be installed.
            InvalidInputError: the lock is for another platform.
        """
        return self.realise_recipe(self._recipe(lock, progress), progress)

    def verify(self, lock: Lock, progress: Progress = SILENT) -> tuple[str, ...]:
        """Compares a realised environment with what was installed, and makes it anew if damaged.

        Services that run from it should be restarted afterwards.

        Returns:
            The damaged files, relative to the environment; none where all is well.
        """
        return self.verify_recipe(self._recipe(lock, progress), progress)

    def verify_recipe(self, recipe: Recipe, progress: Progress = SILENT) -> tuple[str, ...]:
        """What `verify` does, for anything."""
        realised = self.realise_recipe(recipe, progress)
        damage = find_damage(realised.path)
        if damage:
            making = environment_lock(self._home, realised.digest, f"making {recipe.what} anew")
            with making.acquired(_LONGEST_S):
                self._make_anew(recipe, realised, damage, making, progress)
        return tuple(d.file for d in damage)

    def realise_recipe(self, recipe: Recipe, progress: Progress = SILENT) -> RealisedEnvironment:
        """What `realise` does, for anything."""
        realised = self._place(recipe)
        lock = environment_lock(self._home, realised.digest, f"making {recipe.what}")
        # Under the lock, because whoever removes what is unused holds it from looking at the rows
        # to removing: the caller's row is there, or comes too late and finds nothing here.
        if lock.try_acquire(shared=True):
            try:
                if _is_complete(realised):
                    return realised
            finally:
                lock.release()
        if not lock.try_acquire():
            progress.phase(
                Phase.WAITING, f"Waiting for another process that is making {recipe.what}"
            )
            lock.acquire(_LONGEST_S)
        try:
            if not _is_complete(realised):
                self._make(recipe, realised, lock, progress)
        finally:
            lock.release()
        return realised

    def _recipe(self, lock: Lock, progress: Progress) -> Recipe:
        interpreter = self._interpreters.find(lock.python, progress)
        if interpreter.platform != lock.platform:
            raise InvalidInputError(
                f"The environment was locked for {lock.platform}, and this is "
                f"{interpreter.platform}.",
                code=ErrorCode.ENVIRONMENT_WRONG_PLATFORM,
                hint="Deploy again from here.",
            )
        return Recipe(
            what="the environment",
            digest=lock.digest,
            requirements=lock.text,
            interpreter=interpreter,
            index=lock.index,
            wheels=tuple(self._wheels.folder / wheel for wheel in lock.wheels),
        )

    def _place(self, recipe: Recipe) -> RealisedEnvironment:
        interpreter = recipe.interpreter
        whole = f"{recipe.digest} {interpreter.minor} {interpreter.build} {interpreter.platform}"
        # 128 bits name it as surely, and keep the paths in scripts' first lines short.
        digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
        path = self._home / "environments" / digest
        return RealisedEnvironment(digest, path, path / "bin" / "python")

    def _make_anew(
        self,
        recipe: Recipe,
        realised: RealisedEnvironment,
        damage: tuple[Damage, ...],
        lock: FileLock,
        progress: Progress,
    ) -> None:
        # Files are hard links into uv's cache: what damaged them damaged the cache as well.
        names = sorted({d.distribution for d in damage if d.distribution})
        progress.remark(f"{recipe.what} is made anew, damaged: {', '.join(names)}")
        if names:
            _require(run_uv("cache", "clean", *names))
        (realised.path / MARKER).unlink(missing_ok=True)
        self._make(recipe, realised, lock, progress)

    def _make(
        self, recipe: Recipe, realised: RealisedEnvironment, lock: FileLock, progress: Progress
    ) -> None:
        count = recipe.requirements.count("==")
        minor = recipe.interpreter.minor
        packages = "1 package" if count == 1 else f"{count} packages"
        text = f"Installing {packages} of {recipe.what} for Python {minor}"
        progress.phase(Phase.INSTALLING, text)
        if realised.path.exists():
            shutil.rmtree(realised.path)
        make_folder(realised.path.parent)
        python = ("--python", str(recipe.interpreter.path))
        _require(run_uv("venv", "--no-project", *python, str(realised.path), holding=lock))
        into = ("--python", str(realised.python))
        if count:
            self._install(recipe, into, lock)
        if recipe.alone is not None:
            alone = ("pip", "install", "--no-deps", "--no-index", *into, str(recipe.alone))
            _require(run_uv(*alone, holding=lock))
        made = datetime.now(UTC).isoformat(timespec="seconds")
        marker = {"version": 1, "of": recipe.digest, "what": recipe.what, "made_at": made}
        write_json(realised.path / MARKER, marker)

    def _install(self, recipe: Recipe, into: tuple[str, ...], lock: FileLock) -> None:
        folders = tuple(str(wheel.parent) for wheel in recipe.wheels)
        for wheel in recipe.wheels:
            self._wheels.path(f"{wheel.parent.name}/{wheel.name}")
        index = IndexOptions(find_links=folders).over(recipe.index)
        with scratch_folder() as folder:
            file = folder / "requirements.txt"
            file.write_text(recipe.requirements, encoding="utf-8")
            sync = ("pip", "sync", "--require-hashes", *into, str(file))
            _require(run_uv(*sync, index=index, holding=lock))


def environment_lock(home: Path, digest: str, purpose: str = "") -> FileLock:
    """The lock on one environment: exclusive to make or remove it, shared to keep it."""
    return FileLock(home / "locks" / f"environment-{digest}.lock", purpose=purpose)


def _is_complete(realised: RealisedEnvironment) -> bool:
    # The interpreter is a link to one that may have been removed since.
    return (realised.path / MARKER).exists() and realised.python.exists()


def _require(result: UvResult) -> None:
    if not result.ok:
        error: PackagingError = explain(result.complaint, ())
        raise error
