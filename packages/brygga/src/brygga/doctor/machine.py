"""What this machine has: Python, uv, an index, room, ports, an engine, control groups."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from brygga.doctor.check import OpenWorkspace
from brygga.errors import BryggaError
from brygga.findings import CheckResult, Level, MachineCause, MachineFinding
from brygga.hints import Hint, Shell
from brygga.settings import Settings
from brygga.store.database import user_name
from brygga.store.disk import size_text
from brygga.store.files import make_folder, new_file, scratch_folder

_SCARCE, _TOO_LITTLE = 5 * 10**9, 5 * 10**8
_INDEX_TIMEOUT_S = "15"


def check_python(_: OpenWorkspace) -> Iterator[CheckResult]:
    """The interpreter that runs this."""
    version = platform.python_version()
    if sys.implementation.name != "cpython":
        message = f"{sys.implementation.name} {version} is not CPython."
        yield CheckResult.of(
            "python", "failure", MachineFinding(MachineCause.PYTHON_UNSUITABLE, message)
        )
    else:
        yield CheckResult.ok("python", f"{version} at {sys.executable}")


def check_uv(_: OpenWorkspace) -> Iterator[CheckResult]:
    """The tool that resolves and installs packages."""
    from brygga.environments.uv import run_uv

    try:
        done = run_uv("--version")
    except BryggaError as error:
        yield _failure("uv", MachineCause.UV_UNUSABLE, error)
        return
    if done.ok:
        yield CheckResult.ok("uv", done.output.strip())
    else:
        again = Shell(("pip", "install", "--force-reinstall", "uv"))
        found = MachineFinding(MachineCause.UV_UNUSABLE, done.complaint, remedy=Hint.do(again))
        yield CheckResult.of("uv", "failure", found)


def check_index(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Whether a package index answers, asked as it will be for every environment."""
    from brygga.environments.index import IndexOptions
    from brygga.environments.uv import run_uv

    try:
        with scratch_folder() as folder:
            asked = folder / "asked.txt"
            asked.write_text("pip\n", encoding="utf-8")
            done = run_uv(
                *("pip", "compile", "--no-deps", "--refresh", str(asked)),
                index=IndexOptions(),
                variables={"UV_HTTP_TIMEOUT": _INDEX_TIMEOUT_S, "UV_HTTP_RETRIES": "1"},
            )
        complaint = "" if done.ok else done.complaint.strip()
    except BryggaError as error:
        complaint = error.message
    if complaint:
        message = f"The package index cannot be used: {complaint}"
        yield CheckResult.of(
            "index", "failure", MachineFinding(MachineCause.INDEX_UNUSABLE, message)
        )
    else:
        yield CheckResult.ok("index", "packages can be looked up")


def check_home(_: OpenWorkspace) -> Iterator[CheckResult]:
    """The folder of everything, and the room there is for it."""
    home = Settings.from_environment().home
    try:
        make_folder(home)
        with new_file(home):
            free = shutil.disk_usage(home).free
    except OSError as error:
        message = f"{home} cannot be written to: {error.strerror}"
        cause = MachineCause.HOME_UNUSABLE
        owner = _other_owner(home)
        if owner is not None:
            message = f"{home} is {owner}'s and cannot be written to: {error.strerror}"
            cause = MachineCause.HOME_OF_ANOTHER
        yield CheckResult.of("home", "failure", MachineFinding(cause, message))
        return
    if free < _SCARCE:
        message = f"{home} has {size_text(free)} left; environments take up to some GB each."
        level: Level = "failure" if free < _TOO_LITTLE else "warning"
        yield CheckResult.of("home", level, MachineFinding(MachineCause.DISK_SCARCE, message))
    else:
        yield CheckResult.ok("home", f"{home}, {size_text(free)} free")
    owner = _other_owner(home)
    if owner is not None:
        found = MachineFinding(MachineCause.HOME_OF_ANOTHER, f"{home} is {owner}'s, not yours.")
        yield CheckResult.of("home", "warning", found)


def _other_owner(home: Path) -> str | None:
    """Whose a folder is, where it is somebody else's."""
    try:
        owner = home.stat().st_uid
    except OSError:
        return None
    return None if owner == os.getuid() else user_name(owner)


def check_ports(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Whether a service would find a port."""
    from brygga.targets.local.listening import choose

    try:
        with choose("127.0.0.1", "brygga-doctor") as listening:
            port = listening.getsockname()[1]
    except BryggaError as error:
        yield _failure("ports", MachineCause.NO_PORT, error)
    else:
        yield CheckResult.ok("ports", f"free ones for services, as {port}")


def check_azureml(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Whether Microsoft's SDK stands where `brygga-azureml` belongs."""
    try:
        version = metadata.version("azureml-core")
    except metadata.PackageNotFoundError:
        yield CheckResult.ok("azureml", "no azureml-core is in the way")
        return
    message = f"azureml-core {version} is installed here; it and brygga-azureml share their files."
    yield CheckResult.of(
        "azureml", "failure", MachineFinding(MachineCause.AZUREML_IN_THE_WAY, message)
    )


def check_engine(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Whether the container target has an engine; nobody has to have one."""
    from brygga.images.engine import connect

    try:
        engine = connect()
    except BryggaError as error:
        yield CheckResult.ok("engine", f"none, so no target container: {error.message}")
        return
    yield CheckResult.ok("engine", f"answers at {engine.address}")


def check_control_groups(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Whether the kernel can hold limits for us."""
    from brygga.targets.local import cgroups

    found = cgroups.find_control_groups("brygga-doctor")
    cgroups.remove_control_groups(found)
    if not found:
        message = "no control groups to be had here: affinity and a watch hold limits"
        yield CheckResult.ok("limits", f"{message} (docs/limits.md)")
        return
    version = "v2" if "unified" in found else "v1"
    yield CheckResult.ok("limits", f"cgroup {version}: the kernel holds CPU and memory")


def _failure(name: str, cause: MachineCause, error: BryggaError) -> CheckResult:
    found = MachineFinding(cause, error.message, remedy=error.advice)
    return CheckResult.of(name, "failure", found)
