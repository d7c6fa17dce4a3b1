"""Services that come back after a reboot: by the user's systemd, or by whatever else starts things.

Where no systemd answers, a script in the service's folder does what a unit would; a line of crontab
or rc.local names it. Both start the service as `brygga service restart` does.
"""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from brygga.store.files import make_folder, write_text
from brygga.targets.base import BootStart
from brygga.targets.local import systemd
from brygga.targets.local.folder import ServiceFolder

_TRIES = 5
_PAUSE_S = 30


def enable(
    folder: ServiceFolder, command: Sequence[str], variables: Mapping[str, str]
) -> BootStart:
    """Has a service brought back by `command`, to which `restart` (or `stop`) and its name belong.

    Args:
        variables: What the command needs of the environment.
    """
    name = folder.path.name
    if systemd.answers():
        unit = systemd.Unit(
            name=_unit(folder),
            service=name,
            start=(*command, "restart", name),
            stop=(*command, "stop", name),
            environment=variables,
        )
        systemd.enable(unit)
        folder.boot_script.unlink(missing_ok=True)
        return BootStart()
    make_folder(folder.log_file.parent)
    text = _script(folder, (*command, "restart", name), variables)
    write_text(folder.boot_script, text, mode=0o700)
    return BootStart(str(folder.boot_script), getpass.getuser() if os.getuid() else "")


def disable(folder: ServiceFolder) -> bool:
    """Removes unit and script; whether there was one."""
    had_script = folder.boot_script.exists()
    folder.boot_script.unlink(missing_ok=True)
    return systemd.disable(_unit(folder)) or had_script


def variables_of(home: Path) -> dict[str, str]:
    """What a command needs of the environment to do as it would do here and now."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("BRYGGA_") or name == "DOCKER_HOST"
    }
    return {**kept, "BRYGGA_HOME": str(home)}


def _unit(folder: ServiceFolder) -> str:
    return f"brygga-{folder.identity}"


def _script(folder: ServiceFolder, command: Sequence[str], variables: Mapping[str, str]) -> str:
    """For any shell, and an environment with nothing in it."""
    log = folder.log_file.with_name("boot.log")
    exported = "".join(
        f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())
    )
    return (
        "#!/bin/sh\n"
        "# Starts a service of Brygga after a boot; written by `brygga service enable`.\n"
        f"{exported}"
        f"cd / && exec </dev/null >>{shlex.quote(str(log))} 2>&1\n"
        f"tries={_TRIES}\n"
        f"until {shlex.join(command)}; do\n"
        "  # Network, database or engine may not be there yet.\n"
        "  tries=$((tries - 1))\n"
        '  [ "$tries" -gt 0 ] || exit 1\n'
        f"  sleep {_PAUSE_S}\n"
        "done\n"
    )
