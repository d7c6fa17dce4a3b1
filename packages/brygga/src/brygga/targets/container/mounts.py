"""What the containers of a generation find on their mounts."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from brygga.images.dockerfile import APP, ENVIRONMENT
from brygga.spec import Workload
from brygga.targets.container.containers import CONFIG, CONTROL, DATA, RUN
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.serving import serving_settings


def write_config(folder: ContainerFolder, generation: str, workload: Workload) -> None:
    """Writes configuration, keys and secrets; nothing of it can be seen in the engine."""
    config = folder.config(generation)
    config.parent.mkdir(parents=True, mode=0o700)
    config.mkdir(mode=0o755)
    settings = serving_settings(workload, DATA if workload.data_folder else None) | {
        "app_root": APP,
        "python": f"{ENVIRONMENT}/bin/python",
        "control_socket": CONTROL,
        "status_file": f"{RUN}/status.json",
    }
    if workload.spec.secrets:
        settings["secrets_dir"] = f"{CONFIG}/secrets"
        (config / "secrets").mkdir(mode=0o755)
        for name, value in workload.secret_values.items():
            _write(config / "secrets" / name, value)
    if workload.spec.auth:
        settings["keys_file"] = f"{CONFIG}/keys.json"
        write_keys(folder, generation, workload.key_hashes)
    for number in range(workload.spec.num_replicas):
        _write(config / f"serve-{number}.json", json.dumps({"version": 1, "settings": settings}))


def write_keys(folder: ContainerFolder, generation: str, key_hashes: Mapping[str, str]) -> None:
    """Replaces the hashes of the keys that are accepted."""
    file = folder.config(generation) / "keys.json"
    partial = file.with_suffix(".partial")
    _write(partial, json.dumps({"version": 1, "keys": dict(key_hashes)}))
    partial.replace(file)


def copy_config(folder: ContainerFolder, old: str, new: str) -> None:
    """The same configuration for containers that take the place of others."""
    target = folder.config(new)
    target.parent.mkdir(parents=True, mode=0o700)
    shutil.copytree(folder.config(old), target)


def make_run_folders(folder: ContainerFolder, generation: str, replicas: int) -> None:
    """Where each container puts its sockets and its status; they are written by another user."""
    folder.sockets.mkdir(mode=0o700, exist_ok=True)
    for number in range(replicas):
        own = folder.replica(generation, number)
        own.mkdir()
        own.chmod(0o777)


def let_leave(folder: ContainerFolder, generation: str, number: int) -> None:
    """Tells a process that was to stay that the engine is asked to end it now."""
    with contextlib.suppress(OSError):  # its folder is gone, and so is it
        (folder.replica(generation, number) / "leave").touch()


def remove(folder: ContainerFolder, generation: str) -> None:
    """Removes all of it; idempotent."""
    shutil.rmtree(folder.config(generation).parent, ignore_errors=True)
    for own in folder.sockets.glob(f"{generation}-*"):
        shutil.rmtree(own, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
