"""What `brygga doctor` looks at, one function each."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from brygga.cli.finding import Check, Finding
from brygga.cli.leftover_checks import check_leftovers, check_locks, check_processes
from brygga.cli.machine_checks import check_control_groups, check_engine
from brygga.cli.output import size_text
from brygga.cli.session import Session
from brygga.errors import BryggaError
from brygga.hints import Hint, Shell
from brygga.settings import Settings
from brygga.store.files import make_folder, new_file, scratch_folder

_SCARCE, _TOO_LITTLE = 5 * 10**9, 5 * 10**8
_INDEX_TIMEOUT_S = "15"
_ANOTHER_HOME = Hint("export BRYGGA_HOME=/a/folder/of/yours")


def check_python(_: Session) -> Iterator[Finding]:
    """The interpreter that runs this."""
    version = platform.python_version()
    if sys.implementation.name != "cpython":
        yield Finding(
            "python",
            "failure",
            f"{sys.implementation.name} {version} is not CPython.",
            Hint("install brygga with CPython 3.11 to 3.14"),
        )
    else:
        yield Finding("python", "ok", f"{version} at {sys.executable}")


def check_uv(_: Session) -> Iterator[Finding]:
    """The tool that resolves and installs packages."""
    from brygga.environments.uv import run_uv

    try:
        done = run_uv("--version")
    except BryggaError as error:
        yield Finding("uv", "failure", error.message, error.advice)
        return
    if done.ok:
        yield Finding("uv", "ok", done.output.strip())
    else:
        again = Shell(("pip", "install", "--force-reinstall", "uv"))
        yield Finding("uv", "failure", done.complaint, Hint.do(again))


def check_index(_: Session) -> Iterator[Finding]:
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
        yield Finding(
            "index",
            "failure",
            f"The package index cannot be used: {complaint}",
            Hint(
                "export UV_DEFAULT_INDEX=... (or pip config set global.index-url ...), and "
                "whatever else it takes to reach it: proxy, certificates"
            ),
        )
    else:
        yield Finding("index", "ok", "packages can be looked up")


def check_home(_: Session) -> Iterator[Finding]:
    """The folder of everything, and the room there is for it."""
    home = Settings.from_environment().home
    try:
        make_folder(home)
        with new_file(home):
            free = shutil.disk_usage(home).free
    except OSError as error:
        yield Finding(
            "home",
            "failure",
            f"{home} cannot be written to: {error.strerror}",
            _ANOTHER_HOME,
        )
        return
    if free < _SCARCE:
        yield Finding(
            "home",
            "failure" if free < _TOO_LITTLE else "warning",
            f"{home} has {size_text(free)} left; environments take up to some GB each.",
            Hint("make room, or point BRYGGA_HOME to a larger disk"),
        )
    else:
        yield Finding("home", "ok", f"{home}, {size_text(free)} free")
    yield from _check_owner(home)


def _check_owner(home: Path) -> Iterator[Finding]:
    if home.stat().st_uid != os.getuid():
        yield Finding("home", "warning", f"{home} is not yours.", _ANOTHER_HOME)


def check_ports(_: Session) -> Iterator[Finding]:
    """Whether a service would find a port."""
    from brygga.targets.local.listening import choose

    try:
        with choose("127.0.0.1", "brygga-doctor") as listening:
            port = listening.getsockname()[1]
    except BryggaError as error:
        yield Finding("ports", "failure", error.message, error.advice)
    else:
        yield Finding("ports", "ok", f"free ones for services, as {port}")


def check_azureml(_: Session) -> Iterator[Finding]:
    """Whether Microsoft's SDK stands where `brygga-azureml` belongs."""
    try:
        version = metadata.version("azureml-core")
    except metadata.PackageNotFoundError:
        yield Finding("azureml", "ok", "no azureml-core is in the way")
        return
    yield Finding(
        "azureml",
        "failure",
        f"azureml-core {version} is installed here; it and brygga-azureml share their files.",
        Hint(
            "pip uninstall -y azureml-core && "
            "pip install --force-reinstall --no-deps brygga-azureml"
        ),
    )


def check_services(session: Session) -> Iterator[Finding]:
    """The workspace, and those of its services that are not well."""
    try:
        workspace = session.workspace
        services = workspace.services.list()
    except BryggaError as error:
        yield Finding("workspace", "failure", error.message, error.advice)
        return
    yield Finding("workspace", "ok", f"{workspace.name}, {len(services)} services")
    for service in services:
        why = service.error
        if why is not None:
            yield Finding(
                f"service {service.name}",
                "warning",
                f"{str(service.state).lower()}: {why.sentence}",
                why.advice,
            )


CHECKS: tuple[Check, ...] = (
    check_python,
    check_uv,
    check_index,
    check_home,
    check_ports,
    check_engine,
    check_control_groups,
    check_azureml,
    check_services,
    check_locks,
    check_processes,
    check_leftovers,
)
