"""Services that come back after a reboot: one unit of the user's systemd for each.

The unit starts the service as `brygga service restart` does. A user's units run while the user is
logged in, or from boot to shutdown after `loginctl enable-linger`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Hint, Shell
from brygga.store.files import write_text

_BOOTED = Path("/run/systemd/system")  # there if and only if systemd is the machine's init


@dataclass(frozen=True)
class Unit:
    """What starts and stops a service.

    Attributes:
        name: Of the unit, without `.service`.
        environment: Variables that the commands need.
    """

    name: str
    service: str
    start: Sequence[str]
    stop: Sequence[str]
    environment: Mapping[str, str]

    def text(self) -> str:
        """The file of the unit."""
        variables = "".join(
            f"Environment={_quoted(f'{name}={value}', command=False)}\n"
            for name, value in sorted(self.environment.items())
        )
        return (
            "[Unit]\n"
            f"Description=Brygga service {_percent(self.service)}\n"
            "After=network-online.target\n\n"
            "[Service]\n"
            # The supervisor goes on in the unit after the command has ended.
            "Type=oneshot\n"
            "RemainAfterExit=yes\n"
            f"{variables}"
            f"ExecStart={_line(self.start)}\n"
            f"ExecStop={_line(self.stop)}\n"
            "TimeoutStartSec=infinity\n\n"
            "[Install]\n"
            "WantedBy=default.target\n"
        )


def unit_file(name: str) -> Path:
    """Where the user's systemd looks for a unit."""
    configuration = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(configuration) / "systemd" / "user" / f"{name}.service"


def answers() -> bool:
    """Whether this user has a systemd to ask: not in a container, nor without a session."""
    if not _BOOTED.is_dir():
        return False
    try:
        _systemctl("show-environment")
    except StoreError:
        return False
    return True


def enable(unit: Unit) -> None:
    """Has the service started with the user's systemd from now on.

    Raises:
        StoreError: it refuses.
    """
    file = unit_file(unit.name)
    write_text(file, unit.text())  # the address of a store may have a password in it
    try:
        _systemctl("daemon-reload")
        _systemctl("enable", file.name)
    except StoreError:
        file.unlink()
        raise


def disable(name: str) -> bool:
    """Removes a unit; whether there was one. Works where systemd does not run, too."""
    file = unit_file(name)
    if not file.exists():
        return False
    if _BOOTED.is_dir():
        _systemctl("disable", file.name)
    file.unlink(missing_ok=True)
    (file.parent / "default.target.wants" / file.name).unlink(missing_ok=True)
    return True


def _systemctl(*arguments: str) -> None:
    try:
        done = subprocess.run(
            ["systemctl", "--user", *arguments], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise StoreError(
            f"systemctl cannot be started: {error.strerror}.", code=ErrorCode.SYSTEMD_FAILED
        ) from error
    if done.returncode != 0:
        raise StoreError(
            f"`{shlex.join(('systemctl', '--user', *arguments))}` failed: {done.stderr.strip()}",
            code=ErrorCode.SYSTEMD_FAILED,
            hint=Hint.of(
                "Is there a session of your user? {} says more.",
                Shell(("systemctl", "--user", "status")),
            ),
        )


def _line(command: Sequence[str]) -> str:
    return " ".join(_quoted(word, command=True) for word in command)


def _quoted(word: str, *, command: bool) -> str:
    word = _percent(word).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    # Only commands have variables put in.
    return f'"{word.replace("$", "$$") if command else word}"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")
