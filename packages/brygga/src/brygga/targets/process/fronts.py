"""Writing a revision's configuration, and starting a service's processes."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from brygga.environments.realise import RealisedEnvironment
from brygga.spec import SPEC_OPTIONS, Workload
from brygga.store.files import write_json, write_text
from brygga.targets.local import control, launch
from brygga.targets.local.cgroups import find_control_groups
from brygga.targets.local.folder import read_json
from brygga.targets.process.folder import ProcessFolder, next_to
from brygga.targets.serving import make_data_folder, serving_settings

_LOGS_KEPT = 5
_FIXED = (
    "service_name",
    "control_socket",
    "status_file",
    "control_groups",
    *(option.setting for option in SPEC_OPTIONS.values() if option.lasting),
)
"""Settings that hold for the life of a front."""


def write_revision(
    folder: ProcessFolder, workload: Workload, environment: RealisedEnvironment
) -> Path:
    """Writes the configuration a front serves this revision from, beside its app root."""
    own = folder.revision(workload.revision)
    _write_secrets(own / "secrets", workload)
    data = workload.data_folder
    if data is not None:
        make_data_folder(data, shared=False)
    settings = serving_settings(workload, None if data is None else str(data)) | {
        "app_root": str(own / "app"),
        "python": str(environment.python),
        "control_socket": str(folder.control_socket),
        "status_file": str(folder.status_file),
        "control_groups": find_control_groups(folder.identity),
    }
    if workload.spec.secrets:
        settings["secrets_dir"] = str(own / "secrets")
    if workload.spec.auth:
        settings["keys_file"] = str(folder.keys_file)
    path = own / "serve.json"
    write_json(path, {"version": 1, "settings": settings})
    return path


@dataclass(frozen=True)
class Server:
    """A release of the server, by its digest, and where it is installed."""

    release: str
    python: Path

    @classmethod
    def of(cls, plan: Mapping[str, object]) -> Self:
        """The one that a supervisor was started with."""
        command = plan["front"]
        assert isinstance(command, list)
        return cls(str(plan["server"]), Path(command[0]))


def metrics_port_of(folder: ProcessFolder) -> int:
    """The port that the service gives its metrics on; 0 for none."""
    settings = (read_json(folder.serve_file) or {}).get("settings")
    found = settings.get("metrics_port") if isinstance(settings, dict) else None
    return int(found) if found else 0


def needs_new_front(folder: ProcessFolder, config: Path, server: Server) -> bool:
    """Whether a revision asks for what a front that runs cannot take any more."""
    plan, serves, asked = (
        read_json(file) or {} for file in (folder.supervisor_file, folder.serve_file, config)
    )
    if plan.get("server") != server.release:
        return True
    old, new = (found.get("settings") for found in (serves, asked))
    if not isinstance(old, dict) or not isinstance(new, dict):
        return True
    return any(old.get(name) != new.get(name) for name in _FIXED)


def succeed(folder: ProcessFolder, server: Server, config: Path) -> None:
    """Has the supervisor start a front beside the present one, which takes over when it is ready.

    Raises:
        StoreError: nobody supervises.
    """
    plan = read_json(folder.supervisor_file) or {}
    asked = read_json(config) or {}
    settings = asked.get("settings")
    revision = settings.get("revision") if isinstance(settings, dict) else None
    write_json(next_to(folder.serve_file), asked)
    write_json(next_to(folder.supervisor_file), _plan(folder, server, int(str(plan["listen_fd"]))))
    write_json(
        folder.next_status_file,
        {"version": 1, "state": "starting", "revision": revision, "diagnosis": None},
    )
    control.tell_of_next(folder)


def start(folder: ProcessFolder, server: Server, sock: socket.socket) -> None:
    """Starts the supervisor on an address that is bound already; it goes on without us."""
    for file in (folder.serve_file, folder.supervisor_file, folder.status_file):
        next_to(file).unlink(missing_ok=True)
    _find_places_again(folder)
    secrets = {path.name for path in folder.path.glob("revisions/*/secrets/*")}
    launch.start(folder, server.python, _plan(folder, server, sock.fileno()), hidden=secrets)


def _find_places_again(folder: ProcessFolder) -> None:
    """A reboot has removed groups and sockets, and rights and folders may be others now."""
    serve = read_json(folder.serve_file) or {}
    settings = serve.get("settings")
    if isinstance(settings, dict):
        settings["control_groups"] = find_control_groups(folder.identity)
        settings["control_socket"] = str(folder.new_control_socket)
        write_json(folder.serve_file, serve)


def _plan(folder: ProcessFolder, server: Server, listen_fd: int) -> dict[str, object]:
    front = [str(server.python), "-I", "-m", "brygga_server.front"]
    command = [*front, str(folder.serve_file), str(listen_fd)]
    return launch.plan(folder, command, listen_fd, folder.log_file, logs_kept=_LOGS_KEPT) | {
        "status_file": str(folder.status_file),
        "server": server.release,  # for us: what to start it with again
    }


def _write_secrets(folder: Path, workload: Workload) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not workload.secret_values:
        return
    for name, value in workload.secret_values.items():
        write_text(folder / name, value)
