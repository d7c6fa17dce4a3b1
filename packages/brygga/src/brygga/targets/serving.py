"""What a server is told of a revision, whatever target runs it (docs/server.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from brygga.spec import Workload
from brygga.store.files import make_folder

GB = 1 << 30
_DATA_FOLDER = "AZUREML_MODEL_DATA_DIR"
"""Names to `ModelDataCollector` the folder it writes to."""


def serving_settings(workload: Workload, data_folder: str | None) -> dict[str, object]:
    """The settings that do not depend on where files and sockets are.

    Args:
        data_folder: Where the script finds the folder for what it collects.
    """
    spec, bundle = workload.spec, workload.bundle
    collecting = {_DATA_FOLDER: data_folder} if data_folder else {}
    settings = spec.server_settings() | {
        "service_name": spec.name,
        "revision": workload.revision,
        "entry_script": bundle.entry_script,
        "model_dir": bundle.model_dir,
        "environment": {**spec.environment_variables, **collecting},
        "memory_bytes": int(spec.memory_gb * GB),
    }
    if bundle.source_directory is not None:
        settings["source_directory"] = bundle.source_directory
    return settings


def make_data_folder(folder: Path, *, shared: bool) -> None:
    """Makes the folder for what a script collects.

    Args:
        shared: Whether it runs as another user than we do. All can then write below it; who may
            get there is decided by the workspace's folder, which is its owner's alone.
    """
    make_folder(folder)
    for each in (folder, *folder.rglob("*")) if shared else ():
        # What containers have made is theirs, and open already.
        if each.is_dir() and each.stat().st_uid == os.getuid():
            each.chmod(0o777)


def asking(socket: str, question: Mapping[str, object]) -> str:
    """Python code that asks a front on its control socket, and prints the answer.

    To be run where the socket is, by the server's own interpreter.
    """
    line = json.dumps({"version": 1, **question}) + "\n"
    return (
        "import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(5); "
        f"s.connect({socket!r}); s.sendall({line!r}.encode()); print(s.makefile().readline())"
    )
