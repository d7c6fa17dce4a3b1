"""The registered environments of a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from brygga.arguments import checked
from brygga.environments.environment import Environment, facts_of
from brygga.environments.lock import Lock
from brygga.environments.resolver import Resolver
from brygga.environments.wheels import WheelFolder
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.hints import Argument, Hint, Verb
from brygga.markup import ShownList, card
from brygga.names import check_environment_name
from brygga.operations import (
    OngoingOperation,
    OperationCollection,
    OperationKind,
    ProgressLike,
    Subject,
    SubjectKind,
)
from brygga.store.rows import EnvironmentRow


class EnvironmentSpecs(Protocol):
    """Where specs are kept: `store.environments`."""

    def add(self, name: str, spec: Mapping[str, Any]) -> EnvironmentRow:
        """Registers a spec as the next version of its name."""

    def find(self, name: str, version: int | None = None) -> EnvironmentRow | None:
        """A version, the latest where none is given."""

    def list(self) -> list[EnvironmentRow]:
        """All versions."""


@dataclass(frozen=True)
class RegisteredEnvironment:
    """A version of a registered environment."""

    name: str
    version: int
    environment: Environment
    created_at: datetime
    created_by: str | None

    @property
    def id(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    def _repr_html_(self) -> str:
        facts = facts_of(self.environment) | {"registered": self.created_at, "by": self.created_by}
        return card(f"Environment {self.id}", facts)


@checked
class EnvironmentCollection:
    """Registers, finds and lists environments: `workspace.environments`."""

    def __init__(
        self,
        specs: EnvironmentSpecs,
        home: Path,
        resolver: Resolver,
        operations: OperationCollection,
    ) -> None:
        self._specs = specs
        self._wheels = WheelFolder(home)
        self._resolver = resolver
        self._operations = operations

    def registered(self, reference: str) -> Environment:
        """What is registered as `name` (the latest) or `name:version`.

        Raises:
            NotFoundError: it is not.
        """
        return self.get(reference).environment

    def lock(
        self, environment: Environment, *, refresh: bool = False, progress: ProgressLike = None
    ) -> Lock:
        """The exact packages of an environment, as a deployment from here would get them.

        The lock is kept, and deployments use it until it is refreshed.

        Raises:
            PackagingError: no set of packages fits, or the index cannot be asked.
        """
        with self._operation(environment.name or "", progress) as operation:
            return self._resolver.resolve(environment, operation, refresh=refresh)

    def register(
        self, environment: Environment, name: str | None = None, *, progress: ProgressLike = None
    ) -> RegisteredEnvironment:
        """Keeps an environment as the next version of a name.

        Local wheels and source folders are taken in with it; credentials in addresses are not.

        Raises:
            InvalidNameError: a name that breaks the rule, or none.
            InvalidInputError: its image is made of a folder.
            PackagingError: a source folder that cannot be built.
        """
        name = check_environment_name(name or environment.name or "")
        folder = environment.image.folder
        if folder is not None:
            raise InvalidInputError(
                f"A Dockerfile's folder is not kept with an environment: {folder}.",
                code=ErrorCode.ENVIRONMENT_NOT_KEPT,
                hint=Hint.of(
                    "Give it with the deployment: {}.", Argument(Verb.DEPLOY, "dockerfile")
                ),
            )
        with self._operation(name, progress) as operation:
            taken = replace(self._wheels.take_in(environment, operation), name=name)
        return _registered(self._specs.add(name, taken.to_dict()))

    def get(self, name: str, version: int | None = None) -> RegisteredEnvironment:
        """A registered environment by name and version, or as `name:version`.

        Raises:
            NotFoundError: there is none; names those there are.
        """
        if version is None and ":" in name:
            name, _, text = name.partition(":")
            if not text.isdecimal():
                raise InvalidInputError(
                    f"{text!r} is not a version.",
                    code=ErrorCode.REFERENCE_INVALID,
                    hint="Write name or name:version, as myenv:2.",
                )
            version = int(text)
        row = self._specs.find(name, version)
        if row is None:
            wanted = name if version is None else f"{name}:{version}"
            raise NotFoundError("environment", wanted, self._known(name))
        return _registered(row)

    def list(self) -> Sequence[RegisteredEnvironment]:
        """All versions, by name and version."""
        return ShownList((_registered(row) for row in self._specs.list()), _shown)

    def _operation(self, name: str, progress: ProgressLike) -> OngoingOperation:
        subject = Subject(SubjectKind.ENVIRONMENT, name)
        return self._operations.begin(OperationKind.LOCK, subject, progress)

    def _known(self, name: str) -> Sequence[str]:
        rows = self._specs.list()
        versions = [f"{row.name}:{row.version}" for row in rows if row.name == name]
        return versions or sorted({row.name for row in rows})


def _registered(row: EnvironmentRow) -> RegisteredEnvironment:
    return RegisteredEnvironment(
        row.name, row.version, Environment.from_dict(row.spec), row.created_at, row.created_by
    )


def _shown(found: Sequence[RegisteredEnvironment]) -> Sequence[Mapping[str, object]]:
    return [
        {
            "environment": each.id,
            "python": each.environment.python,
            "packages": len(each.environment.packages),
            "registered": each.created_at,
            "by": each.created_by,
        }
        for each in found
    ]
