"""The files of a model: what is registered of a folder, and where a script finds them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from azureml.exceptions import ModelNotFoundException, WebserviceException

# Fixed at import, as in v1.
MODELS_DIR = str(Path(os.environ.get("AML_APP_ROOT", ""), "azureml-models"))


def find_model_files(model_name: str, version: int | None) -> str:
    """The one file or folder of a model, in its highest version unless one is asked for.

    Raises:
        ModelNotFoundException: it is not here.
        WebserviceException: there are several files where one is expected.
    """
    folder = Path(MODELS_DIR, model_name)
    there = (
        {int(e.name) for e in folder.iterdir() if e.name.isdigit()} if folder.is_dir() else set()
    )
    wanted = version if version is not None else max(there, default=None)
    if wanted is not None and wanted in there:
        entries = sorted(e.name for e in (folder / str(wanted)).iterdir())
        if len(entries) != 1:
            raise WebserviceException(
                f"Dir {folder / str(wanted)} can contain only 1 file or folder. Found {entries}"
            )
        return str(folder / str(wanted) / entries[0])
    if version is None and Path(model_name).exists():
        return model_name
    raise ModelNotFoundException(
        f"Model {model_name} not found in cache at {MODELS_DIR} or in current working directory "
        f"{Path.cwd()}. Outside of a service, put the model there under that name, or read it "
        "from the folder that AZUREML_MODEL_DIR names."
    )


class ChosenFiles:
    """The path to register: all of it, or a folder of that name with some of what is in it."""

    def __init__(self, path: Path, children: Sequence[str] | None) -> None:
        self._path, self._children = path, children
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        if not self._children:
            return self._path
        if not self._path.is_dir():
            raise WebserviceException("child_paths can only be given with a folder as model_path")
        self._temporary = tempfile.TemporaryDirectory(prefix="brygga-model-")
        folder = Path(self._temporary.name, self._path.resolve().name)
        for child in self._children:
            source, target = self._path / child, folder / child
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.is_file():
                shutil.copy2(source, target)
            else:
                raise FileNotFoundError(f"Path does not exist: {source}")
        return folder

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()
