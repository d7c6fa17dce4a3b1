"""What services are made with, put together by `brygga.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.images import ImageCollection
from brygga.images.bundle import ImageBase
from brygga.operations import (
    OngoingOperation,
    OperationCollection,
    OperationKind,
    Progress,
    ProgressLike,
    Subject,
    SubjectKind,
)
from brygga.spec import ServiceSpec
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.rows import ServiceRow
from brygga.store.secrets import SecretStore
from brygga.store.store import Store
from brygga.targets.base import Target
from brygga.targets.capabilities import require_capable


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
                hint=Hint.of(
                    f"Use one of: {', '.join(self.targets)}; or declare a cluster: {{}}",
                    Action(Verb.ADD_TARGET, {"name": kind}),
                ),
            )
        return self.targets[kind]

    def target_of(self, row: ServiceRow) -> Target:
        """The target that runs a service, to ask or change it.

        Raises:
            InvalidInputError: it runs on another machine, or from another home of this one.
        """
        target = self.target(row.target)
        target.require_here(row.name, row.place)
        return target

    def require_capable(
        self, target: Target, spec: ServiceSpec, base: ImageBase | None = None
    ) -> None:
        """Refuses what a target cannot do.

        Args:
            base: What images of the service are built on; None where nothing is asked of it.
        """
        can = {kind: each.capabilities for kind, each in self.targets.items()}
        require_capable(target.kind, spec, base, can)

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
