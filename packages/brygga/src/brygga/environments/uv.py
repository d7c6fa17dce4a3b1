"""Running uv, the resolver and installer, from the package of that name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from brygga.environments.index import IndexOptions, redacted
from brygga.environments.machine_index import machine_index
from brygga.error_codes import ErrorCode
from brygga.errors import PackagingError
from brygga.hints import Hint, Shell
from brygga.store.filelock import FileLock
from brygga.store.files import scratch_folder

# Set by people for their own work with uv; here they would change which environment is made.
_NOT_FOR_US = frozenset(
    {
        "UV_BREAK_SYSTEM_PACKAGES",
        "UV_CONSTRAINT",
        "UV_EXTRA_INDEX_URL",
        "UV_INDEX_URL",
        "UV_NO_VERIFY_HASHES",
        "UV_OVERRIDE",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
        "UV_REQUIRE_HASHES",
        "UV_SYSTEM_PYTHON",
        "UV_WORKING_DIRECTORY",
    }
)


@dataclass(frozen=True)
class UvResult:
    """What a run of uv left.

    Attributes:
        ok: Whether it did what it was asked.
        output: What it wrote to stdout.
        complaint: What it wrote to stderr, without credentials.
    """

    ok: bool
    output: str
    complaint: str


def run_uv(
    *arguments: str,
    index: IndexOptions | None = None,
    variables: Mapping[str, str] | None = None,
    quiet: bool = True,
    holding: FileLock | None = None,
) -> UvResult:
    """Runs uv to its end.

    It runs in an empty folder, so that no project around the caller is read.

    Args:
        index: Where packages come from, on top of what this machine is set to; None for commands
            that ask no index.
        variables: Further environment variables.
        quiet: Without lists it would print, and without what is not an error.
        holding: A lock on what it changes, which uv holds too: when this process is killed, uv goes
            on, and the next one has to wait for it.

    Raises:
        PackagingError: uv cannot be started.
    """
    environment = _environment()
    if index is not None:
        machine = machine_index()
        environment |= machine.variables
        environment |= index.over(machine.options).variables()
    environment |= variables or {}
    with scratch_folder() as folder:
        try:
            done = subprocess.run(
                [_binary(), *(["--quiet"] if quiet else []), "--no-progress", *arguments],
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                pass_fds=() if holding is None else (holding.fileno(),),
            )
        except OSError as error:
            raise PackagingError(
                f"uv cannot be started: {error.strerror}.",
                code=ErrorCode.UV_UNUSABLE,
                hint=Hint.of(
                    "Install it again: {}", Shell(("pip", "install", "--force-reinstall", "uv"))
                ),
            ) from error
    return UvResult(done.returncode == 0, done.stdout, redacted(done.stderr))


def _binary() -> str:
    from uv import find_uv_bin

    try:
        return str(find_uv_bin())
    except FileNotFoundError as error:
        raise PackagingError(
            "The package uv is installed without its program.",
            code=ErrorCode.UV_UNUSABLE,
            hint=Hint.of(
                "Install it again: {}", Shell(("pip", "install", "--force-reinstall", "uv"))
            ),
        ) from error


def _environment() -> dict[str, str]:
    """The caller's environment less what would change what Python or uv work on."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CONDA_", "PIP_"))
        and name not in _NOT_FOR_US
    }
    return {**kept, "NO_COLOR": "1"}
