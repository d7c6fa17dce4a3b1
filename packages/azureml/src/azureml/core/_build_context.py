"""Folders with a Dockerfile, kept with the workspace as v1 kept them in its storage."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_DOCKERFILE = "Dockerfile"


def keep_build_context(workspace: Workspace, path: str, dockerfile_path: str) -> str:
    """Copies a folder, its Dockerfile to where Brygga looks for it; returns the copy's place.

    The same content has the same place, and later changes of the folder change nothing.
    """
    folder = Path(path)
    if not (folder / dockerfile_path).is_file():
        raise UserErrorException(
            f"There is no file {dockerfile_path} in the folder {path}: it is to make the image."
        )
    kept = workspace._brygga.data_folder / "build-contexts"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as making:
        copy = Path(making, "copy")
        shutil.copytree(folder, copy)
        if dockerfile_path != _DOCKERFILE:
            shutil.copyfile(copy / dockerfile_path, copy / _DOCKERFILE)
        target = kept / _digest(copy)
        if not target.exists():
            copy.rename(target)
    return str(target)


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        executable = path.stat().st_mode & 0o100
        found.update(f"{path.relative_to(folder)}\0{content}\0{executable}\n".encode())
    return found.hexdigest()[:20]
