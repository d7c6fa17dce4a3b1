"""Finding the interpreter an environment is made for."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brygga.environments import probe
from brygga.environments.uv import run_uv
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, PythonNotFoundError
from brygga.operations import SILENT, Phase, Progress
from brygga.settings import PythonDownloads
from brygga.store.files import write_json

_OLDEST = (3, 8)
_X_Y = re.compile(r"3\.\d{1,2}")
_PROBE_S = 60.0


@dataclass(frozen=True)
class Interpreter:
    """An interpreter on this machine.

    Attributes:
        path: What to start.
        version: As X.Y.Z.
        build: What its extension modules are built for; environments of two builds differ.
        platform: As `linux-x86_64`.
    """

    path: Path
    version: str
    build: str
    platform: str

    @property
    def minor(self) -> str:
        """Its version as X.Y."""
        return ".".join(self.version.split(".")[:2])


@functools.cache
def calling() -> Interpreter:
    """The interpreter this runs in."""
    found = probe.interpreter()
    return Interpreter(Path(sys.executable), found["version"], found["build"], found["platform"])


def probed(path: Path, *question: str) -> tuple[Interpreter, dict[str, Any]]:
    """Asks an interpreter what it is, and a question of `probe`.

    Raises:
        PythonNotFoundError: it cannot be started.
    """
    if path == calling().path and not question:
        return calling(), {}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    source = Path(probe.__file__).read_text(encoding="utf-8")
    try:
        done = subprocess.run(
            [str(path), "-c", source, *question],
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            cwd=tempfile.gettempdir(),
            check=True,
        )
        answer = json.loads(done.stdout)
        found = answer["interpreter"]
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        raise PythonNotFoundError(
            str(path), (), hint="Give the path of an interpreter that can be started."
        ) from error
    return Interpreter(path, found["version"], found["build"], found["platform"]), answer


class Interpreters:
    """The interpreters of this machine, found once and remembered in a small file."""

    def __init__(self, home: Path, *, downloads: PythonDownloads = "automatic") -> None:
        """Nothing is looked for yet.

        Args:
            home: `$BRYGGA_HOME`.
            downloads: Whether uv may download a Python that is missing.
        """
        self._file = home / "environments" / "interpreters.json"
        self._downloads = downloads

    @property
    def may_download(self) -> bool:
        """Whether a Python that is not here can be had all the same."""
        return self._downloads == "automatic"

    def find(self, version: str | None, progress: Progress = SILENT) -> Interpreter:
        """The interpreter of exactly that X.Y; the calling one where it is that, or for None.

        Raises:
            InvalidInputError: no X.Y, or older than scoring works with.
            PythonNotFoundError: there is none, and none could or might be downloaded.
        """
        if version is None or version == calling().minor:
            return calling()
        check_version(version)
        return self._remembered(version) or self._found(version, progress)

    def at(self, path: Path) -> Interpreter:
        """The interpreter of that path.

        Raises:
            PythonNotFoundError: it cannot be started.
        """
        if path == calling().path:
            return calling()
        remembered = self._remembered(str(path))
        if remembered is None:
            remembered, _ = probed(path)
            self._remember(str(path), remembered)
        return remembered

    def outdated(self) -> tuple[str, ...]:
        """What is remembered of interpreters that are gone or have been replaced."""
        return tuple(asked for asked in self._entries() if self._remembered(asked) is None)

    def forget(self, asked: Collection[str]) -> None:
        """Removes what is remembered under these names."""
        entries = self._entries()
        write_json(self._file, {k: v for k, v in entries.items() if k not in asked})

    def _entries(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _found(self, version: str, progress: Progress) -> Interpreter:
        path = _uv_find(version)
        reason = "Downloads are off (BRYGGA_PYTHON_DOWNLOADS=never)."
        if path is None and self._downloads == "automatic":
            progress.phase(Phase.DOWNLOADING, f"Downloading Python {version}")
            got = run_uv("python", "install", version)
            reason = f"Its download failed: {' '.join(got.complaint.split())[:300]}"
            path = _uv_find(version)
        if path is None:
            others = found_versions()
            raise PythonNotFoundError(
                version, others, hint=f"Found: {', '.join(others) or 'none'}. {reason}"
            )
        interpreter, _ = probed(path)
        self._remember(version, interpreter)
        return interpreter

    def _remembered(self, version: str) -> Interpreter | None:
        try:
            entry = json.loads(self._file.read_text())[version]
            if entry["stamp"] != _stamp(Path(entry["path"])):
                return None
            fields = {k: entry[k] for k in ("version", "build", "platform")}
            return Interpreter(Path(entry["path"]), **fields)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _remember(self, version: str, interpreter: Interpreter) -> None:
        entries = self._entries()
        stamp = _stamp(interpreter.path)
        entries[version] = {**asdict(interpreter), "path": str(interpreter.path), "stamp": stamp}
        write_json(self._file, entries)


def check_version(version: str) -> str:
    """Returns a version that was asked for as X.Y.

    Raises:
        InvalidInputError: it is not one, or older than scoring works with.
    """
    if not _X_Y.fullmatch(version) or tuple(map(int, version.split("."))) < _OLDEST:
        raise InvalidInputError(
            f"Python {version!r} cannot be used.",
            code=ErrorCode.PYTHON_INVALID,
            hint="Ask for one as X.Y, from 3.8 on.",
        )
    return version


def found_versions() -> Sequence[str]:
    """The versions on this machine as X.Y.Z, newest first."""
    listing = ("python", "list", "--only-installed", "--output-format", "json")
    result = run_uv(*listing, variables=_where_to_look(), quiet=False)
    if not result.ok:
        return (calling().version,)
    rows = [r for r in json.loads(result.output) if r["implementation"] == "cpython"]
    versions = {r["version"] for r in rows} | {calling().version}
    return sorted(versions, key=_numbers, reverse=True)


def _uv_find(version: str) -> Path | None:
    # `--system`: an active virtual environment is the caller's, and may be gone tomorrow.
    find = ("python", "find", "--system", "--no-project", version)
    result = run_uv(*find, variables=_where_to_look(), quiet=False)
    return Path(result.output.strip()) if result.ok and result.output.strip() else None


def _where_to_look() -> dict[str, str]:
    """The path, and behind it what pyenv has installed: uv sees only those it has activated."""
    root = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    installed = [str(folder) for folder in sorted(root.glob("versions/*/bin"))]
    path = os.pathsep.join([os.environ.get("PATH", ""), *installed])
    return {"UV_PYTHON_DOWNLOADS": "never", "PATH": path}


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{path.resolve()} {status.st_mtime_ns} {status.st_size}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])
