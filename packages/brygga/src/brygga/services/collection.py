"""The services of a workspace."""

from __future__ import annotations

import builtins
import inspect
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from brygga.arguments import checked
from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.images import Image
from brygga.images.assemble import Ingredients
from brygga.images.no_code.framework import script_of_model
from brygga.markup import ShownList
from brygga.models import Model
from brygga.models.estimator import Estimator, in_files
from brygga.names import check_variables
from brygga.operations import (
    OperationKind,
    OperationState,
    Phase,
    ProgressLike,
    Subject,
    SubjectKind,
    progress_of,
)
from brygga.services.dependencies import ServiceDependencies
from brygga.services.deployment import deploy
from brygga.services.exporting import keep_sample
from brygga.services.local_test import TestReport, problem_of, run_locally
from brygga.services.observation import look_at_all
from brygga.services.plan import Plan, plan
from brygga.services.preparation import Deployment
from brygga.services.profiling import MEASURED, Profile, measure, measured_service, remove_abandoned
from brygga.services.service import Service
from brygga.services.snapshot import ServiceSnapshot
from brygga.spec import Access, Build, Resources, Serving, takes


@checked
class ServiceCollection:
    """The services of a workspace: `workspace.services`."""

    def __init__(self, parts: ServiceDependencies) -> None:
        self._parts = parts

    @takes("resources", "access", "serving", "build")
    def deploy(
        self,
        name: str,
        *,
        entry_script: str | Path | None = None,
        models: Sequence[Model | str | Path | Estimator] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        image: Image | str | None = None,
        target: str | None = None,
        resources: Resources | None = None,
        access: Access | None = None,
        serving: Serving | None = None,
        build: Build | None = None,
        secrets: Mapping[str, str | None] | None = None,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        folder: str | Path | None = None,
        sample_input: str | Path | None = None,
        fresh: bool = False,
        progress: ProgressLike = None,
        **options: Any,
    ) -> Service:
        """Makes a web service of models and a script; one that exists is updated.

        Locks and realises the environment, builds the bundle, starts the service and returns;
        `wait_for_deployment` waits until it serves. It goes on when the caller ends. While an
        update starts, and if it fails, the old revision serves. Deploying what serves already
        changes nothing.

        What is not said of resources, access and serving stays as the service has it, and so do
        tags, description, secrets and keys; `progress` is told what an update changes.

        Args:
            name: 3 to 32 lower-case letters, digits and hyphens, the first a letter.
            entry_script: Python file with `init()` and `run(data)`. An update without a script and
                an image serves what the service has. A single model of scikit-learn, ONNX, XGBoost
                or LightGBM needs none: the service then takes `{"data": rows}`.
            models: Registered models, or `"name"` (the latest) or `"name:version"`; a `Path` is of
                a file or folder that is not registered: its version is 0. So is a fitted estimator
                in memory, which is pickled; it gets its packages at the versions installed here.
            source_directory: Ship this folder; `entry_script` is then relative to it.
            dependencies: More files and folders, each at its relative path beside the script.
            environment: None: what the script imports and its pickled models need, at the
                versions installed here.
            image: A registered image (or `"name:version"`) instead of all of these.
            target: What runs it; by default that of the service, and `process` for a new one.
            resources: Limits and replicas.
            access: Address, keys and certificate.
            serving: Workers, timeouts, logs and everything else of the server.
            build: What images are built on, for targets that run images;
                `workspace.images.create` explains it.
            secrets: Put into the script's `os.environ` and nowhere else; None keeps the value that
                the service has for a name.
            folder: Where the relative paths of script, source directory and dependencies start;
                None for the current one.
            sample_input: A file with an input, which `export` names; None keeps the one there is.
            fresh: What is not said takes its default, as for a new service.
            progress: Hears of each phase; see `Progress`.
            **options: The fields of the four groups, by themselves.

        Raises:
            InvalidInputError: a value that cannot be used; nothing was changed.
            PackagingError: the environment cannot be made; nothing was changed.
            OperationInProgressError: another operation on this service is running.
        """
        remove_abandoned(self._parts)
        given = {
            "entry_script": entry_script, "source_directory": source_directory,
            "dependencies": dependencies, "environment": environment, "image": image,
            "folder": folder, "resources": resources, "access": access, "serving": serving,
            "build": build, "target": target, "secrets": secrets, "tags": tags,
            "description": description, "fresh": fresh, **options,
        }  # fmt: skip
        try:
            with in_files(models) as files:
                deployment = Deployment.read("deploy", name, {**given, "models": files})
                with self._parts.begin(OperationKind.DEPLOY, name, progress) as operation:
                    deploy(self._parts, deployment, operation)
            if sample_input is not None:
                keep_sample(self._parts, name, Path(sample_input))
        except KeyboardInterrupt as error:
            error.add_note(
                f"The deployment of {name} was undone; what it had locked and installed is kept. "
                "Deploy again to go on."
            )
            raise
        return Service(name, self._parts)

    def plan(self, name: str, *, progress: ProgressLike = None, **given: Any) -> Plan:
        """What `deploy` would change if it were given the same, told without doing it.

        Packages are locked for it, as `environments.lock` does; nothing of the service is touched.

        Args:
            name: Of the service.
            progress: Hears of each phase; see `Progress`.
            **given: The keywords of `deploy`.

        Raises:
            InvalidInputError: a value that cannot be used.
            PackagingError: the environment cannot be made.
        """
        given.pop("sample_input", None)  # no part of what runs
        with in_files(given.get("models") or ()) as files:
            deployment = Deployment.read("plan", name, {**given, "models": files})
            return plan(self._parts, deployment, progress_of(progress))

    plan.__signature__ = inspect.signature(deploy)  # type: ignore[attr-defined]

    def get(self, name: str) -> Service:
        """The service of that name.

        Raises:
            NotFoundError: naming those there are.
        """
        service = self.find(name)
        if service is None:
            known = [row.name for row in self._parts.store.services.list()]
            raise NotFoundError("service", name, known)
        return service

    def find(self, name: str) -> Service | None:
        """The service of that name, or None."""
        row = self._parts.store.services.find(name)
        return None if row is None else Service(name, self._parts)

    def target_of(self, name: str) -> str | None:
        """The kind of target that runs a service; None where there is no such service."""
        row = self._parts.store.services.find(name)
        return None if row is None else row.target

    def list(self) -> builtins.list[Service]:
        """All services, by name."""
        found = [Service(row.name, self._parts) for row in self._parts.store.services.list()]
        return ShownList(found, lambda _: _rows(self.snapshots()))

    def snapshots(self) -> builtins.list[ServiceSnapshot]:
        """All services as they are now, by name: one read of the store, one look at each."""
        return ShownList(look_at_all(self._parts), _rows)

    def targets(self) -> tuple[str, ...]:
        """The kinds of targets that can run services here now."""
        return tuple(kind for kind, each in self._parts.targets.items() if each.is_usable())

    def profile(
        self,
        *,
        entry_script: str | Path,
        inputs: Sequence[object],
        models: Sequence[Model | str | Path] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        environment_variables: Mapping[str, str] | None = None,
        profile: Literal["native", "v1"] = "native",
        progress: ProgressLike = None,
    ) -> Profile:
        """Starts a service of its own, sends it each input once, and measures.

        Nothing of the service stays; where this is killed, whatever next opens the workspace from
        the command line, deploys or profiles removes it.

        Args:
            cpu_cores: Limit; None for all this machine has. So too `memory_gb`.
            inputs: Each as `Service.run` takes it.

        Raises:
            InvalidInputError: a value that cannot be used.
            PackagingError: the environment cannot be made.
        """
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        resources = Resources(
            cpu_cores=cpu_cores or float(os.cpu_count() or 1),
            memory_gb=memory_gb or math.floor(machine * 8) / 10,
        )
        remove_abandoned(self._parts)
        with (
            measured_service(self._parts) as name,
            self._parts.begin(OperationKind.PROFILE, name, progress) as operation,
        ):
            service = self.deploy(
                name,
                entry_script=entry_script,
                models=models,
                source_directory=source_directory,
                dependencies=dependencies,
                environment=environment,
                resources=resources,
                access=Access(auth=False),
                serving=Serving(
                    workers=1, profile=profile, environment_variables=environment_variables or {}
                ),
                tags=MEASURED,
                progress=operation,
            )
            try:
                return measure(service, inputs, operation)
            finally:
                service.delete(progress=operation)

    def remove_abandoned(self) -> None:
        """Removes services that were made to be measured by those who were killed meanwhile."""
        remove_abandoned(self._parts)

    def test(
        self,
        *,
        entry_script: str | Path | None = None,
        models: Sequence[Model | str | Path] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        inputs: Sequence[object] = (),
        environment_variables: Mapping[str, str] | None = None,
        profile: Literal["native", "v1"] = "native",
        folder: str | Path | None = None,
        progress: ProgressLike = None,
    ) -> TestReport:
        """Runs `init()`, and `run()` on each input, as a service would, without one.

        In the locked environment, the same layout of files and the same worker code.

        Args:
            entry_script: A single model of a framework that `deploy` knows needs none.
            inputs: Each as `Service.run` takes it.
            folder: Where the relative paths of code start; None for the current one.

        Raises:
            InvalidInputError: a value that cannot be used.
            PackagingError: the environment cannot be made.
        """
        if entry_script is None:
            if len(models) != 1:
                raise InvalidInputError(
                    "There is no entry script.",
                    code=ErrorCode.SERVICE_NOTHING_TO_SERVE,
                    hint="Give the file with init() and run().",
                )
            entry_script, packages = script_of_model(models[0], self._parts.images.assembler.models)
            environment = environment or packages
        named = {} if environment is None else environment.variables
        variables = check_variables(
            "an environment variable", {**named, **(environment_variables or {})}
        )
        wanted = Ingredients(
            entry_script,
            source_directory,
            models,
            environment,
            dependencies=dependencies,
            folder=Path(folder or ""),
        )
        subject = Subject(SubjectKind.SCRIPT, str(entry_script))
        with (
            self._parts.operations.begin(OperationKind.TEST, subject, progress) as operation,
            self._parts.blobs.keeping(),
        ):
            bundle = self._parts.images.assembler.assemble(wanted, operation)
            realised = self._parts.realise(bundle.lock, operation)
            server = self._parts.realise_server(bundle.server, operation)
            with realised.in_use(), server.in_use():
                operation.phase(Phase.RUNNING, "Running init() and run()")
                report = run_locally(
                    bundle,
                    inputs,
                    environment=realised,
                    server=server,
                    blobs=self._parts.blobs,
                    variables=variables,
                    profile=profile,
                )
                problem = problem_of(report)
                if problem is not None:
                    operation.conclude(OperationState.FAILED, problem)
                return report


def _rows(found: Sequence[ServiceSnapshot]) -> builtins.list[dict[str, object]]:
    """A table of services, as notebooks show it."""
    return [
        {
            "name": each.name,
            "state": each.state_text,
            "revision": None if each.serving is None else each.serving.number,
            "requests": None if each.traffic is None else each.traffic.requests,
            "errors": None if each.traffic is None else each.traffic.errors,
            "score": each.scoring_uri,
            "models": each.current.models,
            "error": None if each.error is None else each.error.sentence,
        }
        for each in found
    ]
