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
    from brygga.backup import BackupReport
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
        RegistryError,
        ResolutionError,
        ScriptError,
        ServiceCallError,
        StoreError,
    )
    from brygga.findings import Cause, Diagnosis
    from brygga.findings.run_failure import RunFailure
    from brygga.images import Image
    from brygga.models import Model
    from brygga.notebook import Phases
    from brygga.operations import (
        Operation,
        OperationKind,
        OperationState,
        Phase,
        Progress,
        Subject,
        SubjectKind,
    )
    from brygga.project import Project
    from brygga.services.local_test import TestedRequest, TestReport
    from brygga.services.plan import Plan
    from brygga.services.profiling import Profile
    from brygga.services.revision import Revision
    from brygga.services.service import Service
    from brygga.services.snapshot import ServiceSnapshot
    from brygga.services.state import ServiceState
    from brygga.services.streamed_answer import StreamedAnswer
    from brygga.services.traffic import Traffic
    from brygga.spec import Access, Build, Resources, ServiceSpec, Serving
    from brygga.spec.change import Change
    from brygga.store.secrets import KeyPair
    from brygga.targets.base import BootStart, Drift, ForwardedPort
    from brygga.workspace import Workspace
    from brygga.workspace_backup import RestoredWorkspace

__version__ = "0.2.0"

__all__ = [
    "Access",
    "AlreadyExistsError",
    "BackupReport",
    "BootStart",
    "BryggaError",
    "Build",
    "Cause",
    "Change",
    "CorruptError",
    "DeploymentError",
    "Diagnosis",
    "Drift",
    "EngineUnavailableError",
    "Environment",
    "ForwardedPort",
    "Image",
    "ImageBuildError",
    "InUseError",
    "InvalidInputError",
    "InvalidNameError",
    "KeyPair",
    "Model",
    "NotFoundError",
    "Operation",
    "OperationInProgressError",
    "OperationKind",
    "OperationState",
    "PackageIndexError",
    "PackageNotFoundError",
    "PackagingError",
    "Phase",
    "Phases",
    "Plan",
    "Profile",
    "Progress",
    "Project",
    "PythonNotFoundError",
    "RegistryError",
    "ResolutionError",
    "Resources",
    "RestoredWorkspace",
    "Revision",
    "RunFailure",
    "ScriptError",
    "Service",
    "ServiceCallError",
    "ServiceSnapshot",
    "ServiceSpec",
    "ServiceState",
    "Serving",
    "StoreError",
    "StreamedAnswer",
    "Subject",
    "SubjectKind",
    "TestReport",
    "TestedRequest",
    "Traffic",
    "Workspace",
]

_HOMES = {
    "Access": "brygga.spec",
    "BackupReport": "brygga.backup",
    "BootStart": "brygga.targets.base",
    "Build": "brygga.spec",
    "Cause": "brygga.findings",
    "Change": "brygga.spec.change",
    "Diagnosis": "brygga.findings",
    "Drift": "brygga.targets.base",
    "Environment": "brygga.environments",
    "ForwardedPort": "brygga.targets.base",
    "Image": "brygga.images",
    "KeyPair": "brygga.store.secrets",
    "Model": "brygga.models",
    "Phases": "brygga.notebook",
    "Operation": "brygga.operations",
    "OperationKind": "brygga.operations",
    "OperationState": "brygga.operations",
    "Phase": "brygga.operations",
    "Progress": "brygga.operations",
    "Subject": "brygga.operations",
    "SubjectKind": "brygga.operations",
    "Plan": "brygga.services.plan",
    "Profile": "brygga.services.profiling",
    "Project": "brygga.project",
    "Resources": "brygga.spec",
    "RestoredWorkspace": "brygga.workspace_backup",
    "Revision": "brygga.services.revision",
    "Service": "brygga.services.service",
    "ServiceSnapshot": "brygga.services.snapshot",
    "RunFailure": "brygga.findings.run_failure",
    "StreamedAnswer": "brygga.services.streamed_answer",
    "Traffic": "brygga.services.traffic",
    "ServiceSpec": "brygga.spec",
    "ServiceState": "brygga.services.state",
    "Serving": "brygga.spec",
    "TestReport": "brygga.services.local_test",
    "TestedRequest": "brygga.services.local_test",
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
