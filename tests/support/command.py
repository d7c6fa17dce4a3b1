"""The installed `brygga` command, run as its users run it, in a home of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

BRYGGA = Path(sysconfig.get_path("scripts")) / "brygga"


def paste(line: str, folder: Path, environment: Mapping[str, str], *, timeout: float) -> str:
    """Runs a line that a user would paste into a shell; what it says, once it has ended well."""
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Command:
    """Runs `brygga` with BRYGGA_HOME and the run-time folder below one folder.

    Attributes:
        folder: The working folder; the home is `home` in it.
        runtime: Where sockets go: short, because their addresses have to be.
    """

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.runtime = runtime
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BRYGGA_", "VIRTUAL_ENV"))}
        self.environment = {
            **kept,
            "BRYGGA_HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(runtime),
            "PATH": f"{BRYGGA.parent}:{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1",  # several wait for each other on a machine that is busy
            "MPLBACKEND": "tkagg",  # would open a window, where one of the pictures asked for it
        }

    def __call__(
        self, *args: str, code: int = 0, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Runs it to its end and checks how it ended."""
        done = subprocess.run(
            [str(BRYGGA), *args],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == code, f"{args}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *args: str) -> Any:
        return json.loads(self(*args, "--json").stdout)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Starts it in a process group of its own, its output to be read as it comes."""
        return subprocess.Popen(
            [str(BRYGGA), *args],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start_loop(self, *args: str) -> subprocess.Popen[bytes]:
        """Runs it again and again, in a process group of its own, until that is ended."""
        line = f"while :; do '{BRYGGA}' {shlex.join(args)} || exit; done"
        return subprocess.Popen(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def shell(self, line: str) -> str:
        """Runs a line that a user would paste."""
        return paste(line, self.folder, self.environment, timeout=60)

    def processes(self) -> list[str]:
        """Command lines of all processes that work in the home."""
        return processes_in(self.folder)

    def assert_nothing_runs(self) -> None:
        """No process, socket or service folder, after at most five seconds."""
        wait_until_nothing_runs(self.folder)
        assert [path for path in self.runtime.rglob("*") if path.is_socket()] == []
        assert list(self.home.glob("workspaces/*/services/*")) == []


def processes_in(folder: Path) -> list[str]:
    """Command lines of all processes that work in a folder, but this one."""
    return [line for pid in Path("/proc").iterdir() if (line := _of(pid, str(folder)))]


def wait_until_nothing_runs(folder: Path) -> None:
    """Fails where a process works in a folder for longer than five seconds."""
    deadline = time.monotonic() + 5
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(folder) == []


def _of(pid: Path, folder: str) -> str | None:
    if not pid.name.isdigit() or pid.name == str(os.getpid()):
        return None
    try:
        line = (pid / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        places = (line, str((pid / "cwd").readlink()), (pid / "environ").read_bytes().decode())
    except (OSError, UnicodeDecodeError):
        return None
    return line if any(folder in place for place in places) else None


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Realised environments, which the homes of all tests share: making them takes seconds."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def command(tmp_path: Path, environments: Path) -> Iterator[Command]:
    """The command; whatever services a failed test has left are deleted."""
    runtime = Path(tempfile.mkdtemp(prefix="b-"))
    made = Command(tmp_path, runtime)
    made.home.mkdir()
    (made.home / "environments").symlink_to(environments)
    try:
        yield made
    finally:
        for path in made.home.glob("workspaces/*/services/*"):
            subprocess.run(
                [str(BRYGGA), "service", "delete", path.name],
                env=made.environment,
                cwd=tmp_path,
                check=False,
            )
        shutil.rmtree(runtime)
