"""The services of a workspace."""

from __future__ import annotations

import builtins
import math
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from brygga.environments import Environment
from brygga.environments.image_options import ImageOptions
from brygga.errors import InvalidInputError, NotFoundError
from brygga.images import Image
from brygga.images.assemble import Ingredients
from brygga.images.base import BaseOptions
from brygga.images.bundle import Bundle
from brygga.models import Model
from brygga.names import check_service_name
from brygga.services.certificate import read_certificate, read_key
from brygga.services.dependencies import ServiceDependencies
from brygga.services.deployment import Deployment, deploy
from brygga.services.local_test import TestReport, run_locally
from brygga.services.profiling import Profile, measure
from brygga.services.service import Service
from brygga.spec import RestartPolicy, ServiceSpec
from brygga.targets.base import Progress


def _silent(_line: str) -> None:
    """Progress nobody wants to see."""


class ServiceCollection:
    """The services of a workspace: `workspace.services`."""

    def __init__(self, parts: ServiceDependencies) -> None:
        self._parts = parts

    def deploy(
        self,
        name: str,
        *,
        entry_script: str | Path | None = None,
        models: Sequence[Model | str | Path] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        image: Image | str | None = None,
        base_image: str | None = None,
        dockerfile: Path | str | None = None,
        extra_steps: Path | str | None = None,
        cpu_cores: float = 1.0,
        memory_gb: float = 1.0,
        target: str = "process",
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        auth: bool = True,
        keys: Mapping[str, str] | None = None,
        environment_variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int | None = None,
        workers: int | None = None,
        threads_per_worker: int = 1,
        scoring_timeout_ms: int = 60_000,
        init_timeout_s: float = 600.0,
        profile: Literal["native", "v1"] = "native",
        log_format: Literal["text", "json"] = "text",
        num_replicas: int = 1,
        gpus: int = 0,
        restart_policy: RestartPolicy = "on-failure",
        tls: tuple[Path | str, Path | str] | Literal["kept"] | None = None,
        collect_data: bool = False,
        progress: Progress = _silent,
    ) -> Service:
        """Makes a web service of models and a script; one that exists is updated.

        Locks and realises the environment, builds the bundle, starts the service and returns;
        `wait_for_deployment` waits until it serves. It goes on when the caller ends. While an
        update starts, and if it fails, the old revision serves. Deploying what serves already
        changes nothing.

        Args:
            name: 3 to 32 lower-case letters, digits and hyphens, the first a letter.
            entry_script: Python file with `init()` and `run(data)`.
            models: Registered models, or `"name"` (the latest) or `"name:version"`; a `Path` is of
                a file or folder that is not registered: its version is 0.
            source_directory: Ship this folder; `entry_script` is then relative to it.
            dependencies: More files and folders, each at its relative path beside the script.
            environment: None: what the script imports, at the versions installed here.
            image: A registered image (or `"name:version"`) instead of all of these.
            base_image: Another base image than that of the environment, or the default one; for
                targets that run images, like `dockerfile` and `extra_steps`, which
                `workspace.images.create` explains.
            cpu_cores: Limit, fractions allowed; also decides how many workers there are.
            memory_gb: Limit in GB of 2^30 bytes for front and workers together.
            tags: None keeps those of an existing service; so do `description` and `secrets`.
            auth: Whether callers need one of two keys.
            keys: `{"primary": ..., "secondary": ...}`; those left out are kept or made.
            environment_variables: Seen by the script; shown in listings, so nothing secret.
            secrets: Put into the script's `os.environ` and nowhere else.
            port: None: one is chosen, and kept as long as the service exists.
            scoring_timeout_ms: Then a request is answered with an error.
            num_replicas: How many of it share the requests; limits hold for each.
            gpus: How many each replica gets, where the target can give any.
            restart_policy: When the engine starts a container again: `on-failure`, `always` (also
                when the engine itself was restarted), or `no`.
            tls: Files with a certificate and its key, both in PEM: callers then use HTTPS; `kept`
                goes on with what the service has.
            collect_data: Keep the rows that the script gives to `ModelDataCollector` as files, in
                `Service.data_folder`.
            profile: `v1` for the exact HTTP behaviour of Azure ML SDK v1's server.
            progress: Called with a line at the start of each phase.

        Raises:
            InvalidInputError: a value that cannot be used; nothing was changed.
            PackagingError: the environment cannot be made; nothing was changed.
            OperationInProgressError: another operation on this service is running.
        """
        check_service_name(name)
        spec = ServiceSpec(
            name=name,
            cpu_cores=cpu_cores,
            memory_gb=memory_gb,
            host=host,
            port=port,
            auth_enabled=auth,
            workers=workers,
            threads_per_worker=threads_per_worker,
            scoring_timeout_ms=scoring_timeout_ms,
            init_timeout_s=init_timeout_s,
            profile=profile,
            log_format=log_format,
            environment_variables=dict(environment_variables or {}),
            num_replicas=num_replicas,
            gpus=gpus,
            restart_policy=restart_policy,
            tls_certificate=self._certificate(name, tls),
            collect_data=collect_data,
        )
        asked = ImageOptions.read(base_image, dockerfile, extra_steps)
        base = BaseOptions(self._parts.images.default_base, asked)
        ingredients = _ingredients(
            entry_script,
            source_directory,
            models,
            environment,
            base,
            dependencies=dependencies,
            image=image,
        )
        deployment = Deployment(
            spec=spec,
            target=target,
            ingredients=ingredients,
            image=self._bundle_of(image),
            tags=tags,
            description=description,
            keys=keys,
            secrets=secrets,
            tls_key=read_key(tls) if isinstance(tls, tuple) else None,
        )
        try:
            deploy(self._parts, deployment, progress)
        except KeyboardInterrupt as error:
            error.add_note(
                f"The deployment of {name} was undone; what it had locked and installed is kept. "
                "Deploy again to go on."
            )
            raise
        return Service(name, self._parts)

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

    def list(self) -> builtins.list[Service]:
        """All services, by name."""
        return [Service(row.name, self._parts) for row in self._parts.store.services.list()]

    def targets(self) -> tuple[str, ...]:
        """The kinds of targets that can run services here now."""
        return tuple(kind for kind, each in self._parts.targets.items() if each.is_usable())

    def _certificate(
        self, name: str, tls: tuple[Path | str, Path | str] | Literal["kept"] | None
    ) -> str:
        if tls == "kept":
            there = self.find(name)
            return "" if there is None else there.spec.tls_certificate
        return "" if tls is None else read_certificate(tls)

    def _bundle_of(self, image: Image | str | None) -> Bundle | None:
        if image is None:
            return None
        return (self._parts.images.get(image) if isinstance(image, str) else image).bundle

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
        progress: Progress = _silent,
    ) -> Profile:
        """Starts a service of its own, sends it each input once, and measures.

        Nothing of the service stays.

        Args:
            cpu_cores: Limit; None for all this machine has. So too `memory_gb`.
            inputs: Each as `Service.run` takes it.

        Raises:
            InvalidInputError: a value that cannot be used.
            PackagingError: the environment cannot be made.
        """
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        service = self.deploy(
            f"profile-{secrets.token_hex(6)}",
            entry_script=entry_script,
            models=models,
            source_directory=source_directory,
            dependencies=dependencies,
            environment=environment,
            cpu_cores=cpu_cores or float(os.cpu_count() or 1),
            memory_gb=memory_gb or math.floor(machine * 8) / 10,
            environment_variables=environment_variables,
            auth=False,
            workers=1,
            profile=profile,
            progress=progress,
        )
        try:
            return measure(service, inputs)
        finally:
            service.delete()

    def test(
        self,
        *,
        entry_script: str | Path,
        models: Sequence[Model | str | Path] = (),
        source_directory: str | Path | None = None,
        dependencies: Sequence[str | Path] = (),
        environment: Environment | None = None,
        inputs: Sequence[object] = (),
        environment_variables: Mapping[str, str] | None = None,
        profile: Literal["native", "v1"] = "native",
        progress: Progress = _silent,
    ) -> TestReport:
        """Runs `init()`, and `run()` on each input, as a service would, without one.

        In the locked environment, the same layout of files and the same worker code.

        Args:
            inputs: Each as `Service.run` takes it.

        Raises:
            InvalidInputError: a value that cannot be used.
            PackagingError: the environment cannot be made.
        """
        wanted = Ingredients(
            entry_script, source_directory, models, environment, dependencies=dependencies
        )
        with self._parts.blobs.keeping():
            bundle = self._parts.images.assembler.assemble(wanted, progress)
            realised = self._parts.realise(bundle.lock, progress)
            server = self._parts.realise_server(bundle.server, progress)
            with realised.in_use(), server.in_use():
                progress("Running init() and run().")
                return run_locally(
                    bundle,
                    inputs,
                    environment=realised,
                    server=server,
                    blobs=self._parts.blobs,
                    variables=environment_variables or {},
                    profile=profile,
                )


def _ingredients(
    entry_script: str | Path | None,
    source_directory: str | Path | None,
    models: Sequence[Model | str | Path],
    environment: Environment | None,
    base: BaseOptions,
    *,
    dependencies: Sequence[str | Path],
    image: Image | str | None,
) -> Ingredients | None:
    """What is to be served; None where an image says it."""
    more = source_directory or models or environment or base.asked or dependencies
    if image is not None:
        if entry_script is not None or more:
            raise InvalidInputError(
                "An image has its script, models, environment and base image in it already.",
                hint="Give either an image or those.",
            )
        return None
    if entry_script is None:
        raise InvalidInputError(
            "There is no entry_script." if more else "There is nothing to deploy.",
            hint="Give the file with init() and run(), or an image.",
        )
    return Ingredients(entry_script, source_directory, models, environment, base, dependencies)
