"""What the containers of a generation find on their mounts."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping

from brygga.images.dockerfile import APP, ENVIRONMENT
from brygga.spec import Workload
from brygga.store.files import make_folder, write_json, write_text
from brygga.targets.container.containers import CONFIG, CONTROL, DATA, METRICS, RUN
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local.folder import make_runtime_folder
from brygga.targets.serving import serving_settings

# Containers run as another user; the folders above are not seen by anybody.
_SEEN_BY_OTHERS = 0o755
_READ_BY_OTHERS = 0o644
_WRITTEN_BY_OTHERS = 0o777


def write_config(folder: ContainerFolder, generation: str, workload: Workload) -> None:
    """Writes configuration, keys and secrets; nothing of it can be seen in the engine."""
    config = folder.config(generation)
    make_folder(config, _SEEN_BY_OTHERS)
    settings = serving_settings(workload, DATA if workload.data_folder else None) | {
        "app_root": APP,
        "python": f"{ENVIRONMENT}/bin/python",
        "control_socket": CONTROL,
        "status_file": f"{RUN}/status.json",
    }
    if settings.pop("metrics_port", None):
        settings["metrics_socket"] = f"{RUN}/{METRICS}"  # the gateway has the port
    if workload.spec.secrets:
        settings["secrets_dir"] = f"{CONFIG}/secrets"
        make_folder(config / "secrets", _SEEN_BY_OTHERS)
        for name, value in workload.secret_values.items():
            write_text(config / "secrets" / name, value, mode=_READ_BY_OTHERS)
    if workload.spec.auth:
        settings["keys_file"] = f"{CONFIG}/keys.json"
        write_keys(folder, generation, workload.key_hashes)
    for number in range(workload.spec.num_replicas):
        content = {"version": 1, "settings": settings}
        write_json(config / f"serve-{number}.json", content, mode=_READ_BY_OTHERS)


def write_keys(folder: ContainerFolder, generation: str, key_hashes: Mapping[str, str]) -> None:
    """Replaces the hashes of the keys that are accepted."""
    file = folder.config(generation) / "keys.json"
    write_json(file, {"version": 1, "keys": dict(key_hashes)}, mode=_READ_BY_OTHERS)


def copy_config(folder: ContainerFolder, old: str, new: str) -> None:
    """The same configuration for containers that take the place of others."""
    target = folder.config(new)
    make_folder(target.parent)
    shutil.copytree(folder.config(old), target)


def make_run_folders(folder: ContainerFolder, generation: str, replicas: int) -> None:
    """Where each container puts its sockets and its status; they are written by another user."""
    make_runtime_folder()
    make_folder(folder.sockets)
    for number in range(replicas):
        make_folder(folder.replica(generation, number), _WRITTEN_BY_OTHERS)


def let_leave(folder: ContainerFolder, generation: str, number: int) -> None:
    """Tells a process that was to stay that the engine is asked to end it now."""
    with contextlib.suppress(OSError):  # its folder is gone, and so is it
        (folder.replica(generation, number) / "leave").touch()


def remove(folder: ContainerFolder, generation: str) -> None:
    """Removes all of it; idempotent."""
    shutil.rmtree(folder.config(generation).parent, ignore_errors=True)
    for own in folder.sockets.glob(f"{generation}-*"):
        shutil.rmtree(own, ignore_errors=True)
