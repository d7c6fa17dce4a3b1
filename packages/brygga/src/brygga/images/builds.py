"""Building in the background: one build for each bundle at a time, its log and its outcome kept."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, EngineUnavailableError
from brygga.hints import Hint
from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.bundle import Bundle
from brygga.operations import (
    Lines,
    OngoingOperation,
    OperationState,
    Problem,
    Progress,
    Several,
)
from brygga.spellings import Language, words
from brygga.store.filelock import FileLock
from brygga.store.files import make_folder, write_json

_POLL_S = 0.05
_LOG_LINES = 40


@dataclass(frozen=True)
class BuildOutcome:
    """How a build ended.

    Attributes:
        built: What was made; None where it failed, or where there is no engine.
        error: Why it failed, with `code` and `hint`; empty where it did not.
    """

    built: BuiltImage | None = None
    error: str = ""
    code: ErrorCode = ErrorCode.IMAGE_NOT_BUILT
    hint: Hint = field(default_factory=Hint)


class Builds:
    """The builds of a workspace on this machine.

    Whether one is running is told by a lock that its process holds, so that a killed one is seen.
    """

    def __init__(self, folder: Path, builder: ImageBuilder) -> None:
        """Keeps logs and outcomes below `folder`."""
        self._folder = folder
        self._builder = builder

    def start(self, bundle: Bundle, operation: OngoingOperation) -> None:
        """Builds in a thread of its own, which the process waits for when it ends.

        Where there is no engine that is the outcome, and no failure: the bundle is all there is
        to make then, and other targets serve it as it is.

        Args:
            operation: What the build is part of; it goes on until the build has ended.
        """
        lock, folder = self._lock(bundle), self._of(bundle)
        if not lock.try_acquire():
            return  # somebody builds it already
        with contextlib.ExitStack() as stack:
            stack.enter_context(operation)
            stack.callback(lock.release)
            shutil.rmtree(folder, ignore_errors=True)
            make_folder(folder)
            within = stack.pop_all()

        def work() -> None:
            with within:
                with (folder / "build.log").open("w", encoding="utf-8") as log:
                    written = Lines(lambda line: print(line, file=log, flush=True))
                    outcome = self._build(bundle, Several(operation, written))
                _write(folder / "outcome.json", outcome)
                if outcome.error:
                    problem = Problem(outcome.error, outcome.code, outcome.hint)
                    operation.conclude(OperationState.FAILED, problem)

        threading.Thread(target=work, name=f"build-{bundle.digest[:12]}").start()

    def outcome(self, bundle: Bundle) -> BuildOutcome | None:
        """How the last build ended; None while one runs, or where none has ended."""
        if self.running(bundle):
            return None
        return _read(self._of(bundle) / "outcome.json")

    def running(self, bundle: Bundle) -> bool:
        """Whether it is being built, by this process or another."""
        lock = self._lock(bundle)
        if lock.try_acquire(shared=True):
            lock.release()
            return False
        return True

    def log(self, bundle: Bundle, *, follow: bool = False) -> Iterator[str]:
        """Lines of the last build's log; with `follow`, until it has ended."""
        path, position = self._of(bundle) / "build.log", 0
        while True:
            over = not follow or not self.running(bundle)
            with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
                file.seek(position)
                while (line := file.readline()).endswith("\n"):
                    position = file.tell()
                    yield line.rstrip("\n")
            if over:
                return
            time.sleep(_POLL_S)

    def last_lines(self, bundle: Bundle) -> tuple[str, ...]:
        """The end of the last build's log."""
        return tuple(self.log(bundle))[-_LOG_LINES:]

    def write_context(self, bundle: Bundle, folder: Path, progress: Progress) -> None:
        """See `ImageBuilder`."""
        self._builder.write_context(bundle, folder, progress)

    def save(self, image: BuiltImage, file: Path) -> None:
        """See `ImageBuilder`."""
        self._builder.save(image, file)

    def push(self, image: BuiltImage, reference: str, progress: Progress) -> str:
        """See `ImageBuilder`."""
        return self._builder.push(image, reference, progress)

    def forget(self, bundle: Bundle) -> None:
        """Removes the image, its log and its outcome; idempotent."""
        with contextlib.suppress(EngineUnavailableError):
            self._builder.remove(bundle)
        shutil.rmtree(self._of(bundle), ignore_errors=True)

    def _build(self, bundle: Bundle, progress: Progress) -> BuildOutcome:
        try:
            built = self._builder.build(bundle, progress)
        except EngineUnavailableError as error:
            progress.remark("No image was built, because no container engine answers.")
            progress.remark(error.message)
            progress.remark("The bundle is recorded; the process target serves it as it is.")
            return BuildOutcome()
        except BryggaError as error:
            progress.remark(f"The image cannot be made: {error.message}")
            return BuildOutcome(error=error.message, code=error.code, hint=error.advice)
        except BaseException as error:
            progress.remark(f"The build ended: {error!r}")
            raise
        progress.remark(f"{built.reference} is ready.")
        return BuildOutcome(built)

    def _of(self, bundle: Bundle) -> Path:
        return self._folder / bundle.digest

    def _lock(self, bundle: Bundle) -> FileLock:
        return FileLock(self._folder / "locks" / f"{bundle.digest}.lock", purpose="building")


def _write(path: Path, outcome: BuildOutcome) -> None:
    built = None if outcome.built is None else outcome.built.to_dict()
    content = {
        "version": 1,
        "built": built,
        "error": outcome.error,
        "code": outcome.code.value,
        "hint": words(outcome.hint, Language.PYTHON),  # what an older Brygga reads
        "advice": outcome.hint.to_dict(),
    }
    write_json(path, content)


def _read(path: Path) -> BuildOutcome | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    built = data["built"]
    return BuildOutcome(
        BuiltImage.from_dict(built) if built else None,
        data["error"],
        ErrorCode(data["code"])
        if data.get("code") in set(ErrorCode)
        else ErrorCode.IMAGE_NOT_BUILT,
        _hint(data),
    )


def _hint(data: Mapping[str, Any]) -> Hint:
    """An older Brygga wrote text, a newer one may know more verbs."""
    try:
        return Hint.from_dict(data["advice"])
    except (KeyError, ValueError):
        return Hint(data["hint"])
