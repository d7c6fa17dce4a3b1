"""Turns a trained model into a web service, on this machine.

    from brygga import Environment, Workspace

    ws = Workspace.from_config()
    model = ws.models.register("sklearn_mnist", "sklearn_mnist_model.pkl")
    service = ws.services.deploy(
        "sklearn-mnist-svc", models=[model], entry_script="score.py",
        environment=Environment.from_conda_file("myenv.yml"),
    )
    service.wait_for_deployment(show_output=True)

Every name below is imported when it is first used: `import brygga` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brygga.diagnosis import Cause, Diagnosis
    from brygga.environments import Environment
    from brygga.errors import (
        AlreadyExistsError,
        BryggaError,
        CorruptError,
        DeploymentError,
        EngineUnavailableError,
        ImageBuildError,
        InUseError,
        InvalidInputError,
        InvalidNameError,
        NotFoundError,
        OperationInProgressError,
        PackageIndexError,
        PackageNotFoundError,
        PackagingError,
        PythonNotFoundError,
        ResolutionError,
        ScriptError,
        ServiceCallError,
        StoreError,
    )
    from brygga.images import Image
    from brygga.models import Model
    from brygga.notebook import Phases
    from brygga.services.service import Service
    from brygga.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "AlreadyExistsError",
    "BryggaError",
    "Cause",
    "CorruptError",
    "DeploymentError",
    "Diagnosis",
    "EngineUnavailableError",
    "Environment",
    "Image",
    "ImageBuildError",
    "InUseError",
    "InvalidInputError",
    "InvalidNameError",
    "Model",
    "NotFoundError",
    "OperationInProgressError",
    "PackageIndexError",
    "PackageNotFoundError",
    "PackagingError",
    "Phases",
    "PythonNotFoundError",
    "ResolutionError",
    "ScriptError",
    "Service",
    "ServiceCallError",
    "StoreError",
    "Workspace",
]

_HOMES = {
    "Cause": "brygga.diagnosis",
    "Diagnosis": "brygga.diagnosis",
    "Environment": "brygga.environments",
    "Image": "brygga.images",
    "Model": "brygga.models",
    "Phases": "brygga.notebook",
    "Service": "brygga.services.service",
    "Workspace": "brygga.workspace",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "brygga.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
