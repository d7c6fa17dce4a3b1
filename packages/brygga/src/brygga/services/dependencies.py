"""What services are made with, put together by `brygga.wiring`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images import ImageCollection
from brygga.operations import (
    OngoingOperation,
    OperationCollection,
    OperationKind,
    Progress,
    ProgressLike,
    Subject,
    SubjectKind,
)
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.secrets import SecretStore
from brygga.store.store import Store
from brygga.targets.base import Target


@dataclass(frozen=True)
class ServiceDependencies:
    """What a service collection and its services need of the layers below.

    Attributes:
        images: Assembles bundles, and knows those that are registered.
        realise: From a lock's digest to the environment on this machine.
        realise_server: From such a digest to the server on this machine.
        targets: By their kind.
        operations: What is being done, written down for others to follow.
        locks: Folder for the locks of operations.
        data: Folder for what services collect.
    """

    store: Store
    blobs: BlobStore
    secrets: SecretStore
    images: ImageCollection
    realise: Callable[[str, Progress], RealisedEnvironment]
    realise_server: Callable[[str, Progress], RealisedEnvironment]
    targets: Mapping[str, Target]
    operations: OperationCollection
    locks: Path
    data: Path

    def target(self, kind: str) -> Target:
        """The target of that kind.

        Raises:
            InvalidInputError: there is none.
        """
        if kind not in self.targets:
            raise InvalidInputError(
                f"There is no target {kind!r}.",
                code=ErrorCode.TARGET_UNKNOWN,
                hint=f"Use one of: {', '.join(self.targets)}.",
            )
        return self.targets[kind]

    def data_folder(self, service: str) -> Path:
        """Where what a service collects is kept, also when the service is gone."""
        return self.data / service

    def begin(self, kind: OperationKind, service: str, progress: ProgressLike) -> OngoingOperation:
        """Begins what is done to a service, for others to follow."""
        return self.operations.begin(kind, Subject(SubjectKind.SERVICE, service), progress)

    def operation(self, service: str, what: str) -> FileLock:
        """The lock that an operation on a service holds as long as it runs."""
        return operation_lock(self.locks, service, what)


def operation_lock(locks: Path, service: str, what: str = "") -> FileLock:
    """The same, for those that have only the folder of locks."""
    return FileLock(locks / f"{service}.lock", purpose=what)


def this_host() -> str:
    """The name under which this machine's services are kept."""
    return socket.gethostname()
