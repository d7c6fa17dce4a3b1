"""Starting what holds a service's port, under a supervisor that restarts it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Action, Hint, Verb
from brygga.store.files import make_folder, write_json
from brygga.targets.local.folder import ServiceFolder, make_runtime_folder

_LOG_BYTES = 10 << 20


def plan(
    folder: ServiceFolder, front: list[str], listen_fd: int, log: Path, *, logs_kept: int
) -> dict[str, object]:
    """What a supervisor is started with.

    Args:
        front: The command that serves on the descriptor `listen_fd`.
        log: Where what it says goes to.
    """
    return {
        "version": 1,
        "front": front,
        "listen_fd": listen_fd,
        "log": {"path": str(log), "max_bytes": _LOG_BYTES, "keep": logs_kept},
        "lock_file": str(folder.lock_file),
        "state_file": str(folder.state_file),
    }


def start(
    folder: ServiceFolder,
    python: Path,
    planned: Mapping[str, object],
    *,
    hidden: Collection[str] = (),
) -> None:
    """Starts the supervisor on a socket that is bound already; it goes on without us.

    Args:
        python: With the server's packages.
        planned: As `plan` makes it; its descriptor is inherited.
        hidden: Names of environment variables that are not to be seen in the processes.

    Raises:
        StoreError: it cannot be started.
    """
    write_json(folder.supervisor_file, planned)
    make_runtime_folder()
    make_folder(folder.log_file.parent)
    command = [str(python), "-I", "-m", "brygga_server.supervisor", "--detach"]
    done = subprocess.run(
        [*command, str(folder.supervisor_file)],
        cwd="/",
        env=_environment(hidden),
        pass_fds=[int(str(planned["listen_fd"]))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StoreError(
            f"The service {folder.path.name!r} could not be started: {done.stderr.strip()}",
            code=ErrorCode.SERVICE_NOT_STARTED,
            hint=Hint.of("Look for the reason with {}.", Action(Verb.DOCTOR)),
        )


def _environment(hidden: Collection[str]) -> dict[str, str]:
    """The caller's environment less what would change how Python itself behaves.

    And less secrets, which the caller may have had there, and the settings of indexes, which may
    hold credentials: everybody who can look at a process sees its environment.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CONDA_", "BRYGGA_", "UV_", "PIP_"))
        and name not in hidden
    }
