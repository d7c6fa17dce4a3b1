"""`Model.get_model_path`, for scripts that run inside a service."""

import os
from typing import Any, List

from azureml.exceptions import ModelNotFoundException, WebserviceException

# Fixed at import, as in v1.
MODELS_DIR = os.path.join(os.environ.get("AML_APP_ROOT", ""), "azureml-models")


class Model:
    """A registered model as a service sees it: a name under which files lie."""

    @staticmethod
    def get_model_path(model_name: str, version: Any = None, _workspace: object = None) -> str:
        """The path of a model's one file or folder, in its latest version unless one is asked for.

        A model that was not deployed with the service is looked for under its name in the working
        folder.
        """
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise WebserviceException("version should be an int")
        folder = os.path.join(MODELS_DIR, model_name)
        found = _versions(folder)
        wanted = version if version is not None else max(found, default=None)
        if wanted is not None and wanted in found:
            return _single_entry(os.path.join(folder, str(wanted)))
        if version is None and os.path.exists(model_name):
            return model_name
        raise ModelNotFoundException(
            "Model %s not found in cache at %s or in current working directory %s. "
            "Outside of a service, put the model there under that name, or have the script read "
            "AZUREML_MODEL_DIR and give its folder with --model-dir."
            % (model_name, MODELS_DIR, os.getcwd())
        )


def _versions(folder: str) -> List[int]:
    try:
        entries = os.listdir(folder)
    except OSError:
        return []
    return [int(entry) for entry in entries if entry.isdigit()]


def _single_entry(folder: str) -> str:
    entries = os.listdir(folder)
    if len(entries) != 1:
        raise WebserviceException(
            "Dir %s can contain only 1 file or folder. Found %s" % (folder, entries)
        )
    return os.path.join(folder, entries[0])
