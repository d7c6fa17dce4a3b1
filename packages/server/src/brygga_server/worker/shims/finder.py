"""Serves the shims, last of all: where the user has the real module, that one is found first.

But for two: the request and response of raw scripts belong to the server that runs them, and v1's
put its own in the place of whatever was installed under those names.
"""

import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Dict, Optional, Sequence

from ..sources import spec_from_file

_HERE = os.path.dirname(os.path.abspath(__file__))

# Module name -> file in this folder. A folder's __init__.py makes a package.
_FILES: Dict[str, str] = {
    "azureml": "namespace/__init__.py",
    "azureml.core": "azureml_core/__init__.py",
    "azureml.core.model": "azureml_core/model.py",
    "azureml.exceptions": "azureml_exceptions.py",
    "azureml.contrib": "namespace/__init__.py",
    "azureml.contrib.services": "namespace/__init__.py",
    "azureml.contrib.services.aml_request": "aml_request.py",
    "azureml.contrib.services.aml_response": "aml_response.py",
    "azureml.monitoring": "azureml_monitoring/__init__.py",
    "azureml.monitoring.modeldatacollector": "azureml_monitoring/modeldatacollector.py",
    "azureml_inference_server_http": "namespace/__init__.py",
    "azureml_inference_server_http.api": "namespace/__init__.py",
    "azureml_inference_server_http.api.aml_request": "aml_request.py",
    "azureml_inference_server_http.api.aml_response": "aml_response.py",
    "azureml_inference_server_http.log_config": "log_config.py",
    "inference_schema": "inference_schema/__init__.py",
    "sklearn.externals": "namespace/__init__.py",
    "sklearn.externals.joblib": "sklearn_externals_joblib.py",
    "brygga_scoring": "brygga_scoring.py",
}
_OURS = frozenset(("azureml.contrib.services.aml_request", "azureml.contrib.services.aml_response"))
_SCHEMA = "inference_schema."


class ShimFinder:
    """Finds exactly the names above, and the modules of our own `inference_schema`."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        """The spec of a shim, None for every other name."""
        name = _FILES.get(fullname) or _schema_file(fullname)
        if name is None:
            return None
        file = os.path.join(_HERE, *name.split("/"))
        folder = os.path.dirname(file) if name.endswith("/__init__.py") else None
        return spec_from_file(fullname, file, folder)


class ServersOwnFinder(ShimFinder):
    """Finds what is the server's own, before anything that is installed."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        """The spec of one of the two modules, None for every other name."""
        return super().find_spec(fullname, path, target) if fullname in _OURS else None


def install() -> None:
    """Put the finders first and last, once."""
    if not any(isinstance(finder, ShimFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, ServersOwnFinder())
        sys.meta_path.append(ShimFinder())


def _schema_file(fullname: str) -> Optional[str]:
    if not fullname.startswith(_SCHEMA):
        return None
    parts = fullname.split(".")
    for tail in (".py", "/__init__.py"):
        name = "/".join(parts) + tail
        if os.path.isfile(os.path.join(_HERE, *name.split("/"))):
            return name
    return None
