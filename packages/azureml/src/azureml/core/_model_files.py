"""Where a script finds the files of a model it was deployed with."""

from __future__ import annotations

import os
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
        f"{Path.cwd()}. For more info, set logging level to DEBUG."
    )
