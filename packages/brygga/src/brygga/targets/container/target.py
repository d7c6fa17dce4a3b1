"""Services as containers of an engine, behind a gateway on this machine."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import (
    BryggaError,
    DeploymentError,
    EngineUnavailableError,
    InvalidInputError,
    NotFoundError,
    StoreError,
)
from brygga.findings import Cause, Diagnosis
from brygga.hints import Action, Hint, Verb
from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.dockerfile import labels
from brygga.images.engine import Engine
from brygga.operations import Phase, Progress
from brygga.spec import RESTART_POLICIES, ServiceSpec, Workload
from brygga.store.files import write_text
from brygga.targets.base import WorkloadStatus
from brygga.targets.capabilities import Capabilities
from brygga.targets.container import containers, gateway, logs, mounts
from brygga.targets.container.applied_state import AppliedGeneration, AppliedState
from brygga.targets.container.containers import CONTROL, EngineError
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.container.reconciliation import reconcile
from brygga.targets.container.status import read_status
from brygga.targets.container.view import View
from brygga.targets.local import control, listening
from brygga.targets.local.host import HostTarget
from brygga.targets.local.limits import check_limits
from brygga.targets.serving import GB, asking, make_data_folder

Found = TypeVar("Found")
Realise = Callable[[str, Progress], RealisedEnvironment]


class ContainerTarget(HostTarget):
    """Runs each service as containers, all behind one gateway that holds its port.

    An update starts the new revision's containers beside the old ones; the gateway gives requests
    to them as soon as all are ready, lets the old ones finish, and ends them.
    """

    kind = "container"
    capabilities = Capabilities(
        on_host=True,
        needs="Docker or Podman",
        images=True,
        most_replicas=64,
        gpus=True,
        tls=True,
        restart_policies=RESTART_POLICIES,
    )

    def __init__(
        self,
        services: Path,
        home: Path,
        *,
        builder: ImageBuilder,
        connect: Callable[[], Engine],
        server: Realise,
        workspace: str,
    ) -> None:
        """Keeps everything below the folder `services`, a part of `home`.

        Args:
            builder: Makes images.
            connect: Finds the engine that runs them.
            server: From a server's digest to the one on this machine, for the gateway.
            workspace: Its name, for labels.
        """
        super().__init__(services, home)
        self._builder = builder
        self._connect = connect
        self._server = server
        self._workspace = workspace

    def is_usable(self) -> bool:
        """Whether an engine answers."""
        try:
            return self._connect().is_local
        except EngineUnavailableError:
            return False

    def validate(self, spec: ServiceSpec) -> None:
        """Checks limits and address against this machine, and what is asked of the engine."""
        check_limits(spec)
        engine = self._local_engine()
        if spec.gpus and not containers.gpus_of(engine):
            raise InvalidInputError(
                f"{spec.gpus} GPU{'s' * (spec.gpus != 1)} cannot be had: the engine at "
                f"{engine.address} has none to give.",
                code=ErrorCode.GPUS_UNAVAILABLE,
                hint="Install the NVIDIA container toolkit for it, or do without GPUs.",
            )
        folder = self._folder(spec.name)
        applied = AppliedState.read(folder)
        same = applied and (applied.host, applied.port) == (spec.host, spec.port)
        if spec.port is not None and not (same and control.is_running(folder)):
            listening.listen(spec.host, spec.port).close()
        listening.check_metrics_port(spec, 0 if applied is None else applied.newest.metrics_port)

    def apply(self, workload: Workload, progress: Progress) -> None:
        """Builds the image, starts its containers, and lets the gateway switch to them."""
        folder = self._folder(workload.spec.name)
        image = self._builder.build(workload.bundle, progress)
        server = self._server(workload.bundle.server, progress)
        before = AppliedState.read(folder)
        generation = self._generation(workload, image)
        mounts.write_config(folder, generation.id, workload)
        plural = "s" if generation.replicas > 1 else ""
        progress.phase(Phase.STARTING, f"Starting {generation.replicas} container{plural}")
        try:
            self._serve(folder, workload, generation, before, server)
        except EngineError as error:
            self._take_back(folder, generation, before)
            found = Diagnosis(Cause.CONTAINER_NOT_STARTED, error.message)
            raise DeploymentError(workload.spec.name, workload.revision, found) from error
        except BaseException:
            self._take_back(folder, generation, before)
            raise
        reconcile(folder, self._connect())

    def status(self, service: str) -> WorkloadStatus:
        """Asks the gateway and the engine."""
        folder = self._folder(service)
        if not folder.service_file.exists():
            return read_status(None)
        engine, there = self._look(lambda engine: containers.find(engine, folder)) or (None, [])
        return read_status(View.take(folder, engine, there))

    def status_of_all(self, services: Collection[str]) -> Mapping[str, WorkloadStatus]:
        """Asks each gateway, and the engine once for the containers of all."""
        folders = {name: self._folder(name) for name in services}
        if not any(folder.service_file.exists() for folder in folders.values()):
            return {name: read_status(None) for name in services}
        engine, there = self._look(containers.find_all) or (None, {})
        return {
            name: read_status(View.take(folder, engine, there.get(folder.place, [])))
            for name, folder in folders.items()
        }

    def reconcile(self, service: str) -> None:
        """Ends what will never serve, and removes containers that nobody needs any more."""
        folder = self._folder(service)
        if folder.service_file.exists():
            with contextlib.suppress(EngineUnavailableError):
                reconcile(folder, self._connect())

    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """Of all containers, also of those that have died or were replaced."""
        folder = self._folder(service)
        if not follow:
            return iter(logs.read(folder, self._connect, lines))
        return logs.follow(folder, self._connect, lines, lambda: not folder.service_file.exists())

    def answers(
        self, service: str, question: Mapping[str, object]
    ) -> Iterator[Mapping[str, object]]:
        """See `Target`; each container that runs is asked from within."""
        from docker.errors import DockerException

        try:
            engine = self._connect()
            there = [c for c in containers.find(engine, self._folder(service)) if c.running]
        except BryggaError:
            return
        for container in there:
            with contextlib.suppress(DockerException, OSError, ValueError):
                code, said = containers.run_inside(engine, container, asking(CONTROL, question))
                answer = {} if code else json.loads(said)
                if isinstance(answer, dict) and answer.get("ok"):
                    yield answer

    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Writes the hashes, and has every running container read them."""
        folder, applied = self._existing(service)
        engine = self._connect()
        there = [c for c in containers.find(engine, folder) if c.running]
        # Also of what was stopped: it is started with them again.
        for generation in {applied.newest.id, *(c.generation for c in there)}:
            mounts.write_keys(folder, generation, key_hashes)
        for container in there:
            code, said = containers.run_inside(engine, container, asking(CONTROL, {"op": "keys"}))
            if code or '"ok": true' not in said:
                raise StoreError(
                    f"{container.name} did not take the keys: {said.strip()[-300:]}",
                    code=ErrorCode.SERVICE_CHANGE_REFUSED,
                    hint=Hint.of("It takes them with {}.", Action(Verb.RESTART, {"name": service})),
                )

    def restart(self, service: str, progress: Progress) -> None:
        """Replaces the containers by new ones of the same image; no request is lost over it."""
        folder, applied = self._existing(service)
        old, was_stopped = applied.newest, applied.stopped is not None
        server = self._server(applied.server, progress)
        generation = replace(old, id=_new_id(old.revision), started_at=time.time())
        mounts.copy_config(folder, old.id, generation.id)
        progress.phase(Phase.STARTING, "Starting new containers")
        engine = self._local_engine()
        applied = applied.but(folder, newest=generation, failed=None, stopped=None, complete=False)
        self._create(engine, folder, applied)
        if gateway.look(folder) is not None:
            gateway.apply(folder, generation)
        else:
            control.stop(folder)
            with listening.listen_again(applied.host, applied.port) as sock:
                proven = gateway.has_proven(folder, generation.revision)
                gateway.start(
                    folder, server.python, sock, generation, tls=applied.tls, proven=proven
                )
        if was_stopped:  # with no container left to take it along
            mounts.remove(folder, old.id)
        reconcile(folder, engine)

    def stop(self, service: str) -> None:
        """Lets the gateway finish what it has, then removes the containers; their logs stay."""
        folder, applied = self._existing(service)
        engine = self._local_engine()
        applied.but(folder, stopped=time.time())
        control.stop(folder)
        for container in logs.by_age(containers.find(engine, folder)):
            # One that is only ended comes back with its engine, if its policy is `always`.
            mounts.let_leave(folder, container.generation, container.replica)
            containers.end(engine, container)
            logs.keep(folder, engine, container)
            containers.remove(engine, container)

    def delete(self, service: str) -> None:
        """Ends the gateway, removes the containers, then the files; the image stays."""
        folder = self._folder(service)
        self.disable(service)
        control.stop(folder)
        # Where they are is in files that go.
        socket, sockets = folder.control_socket, folder.sockets
        folder.service_file.unlink(missing_ok=True)
        if folder.path.exists():
            self._remove_containers(folder)
        for path in (folder.path, sockets):
            shutil.rmtree(path, ignore_errors=True)
        socket.unlink(missing_ok=True)

    def _serve(
        self,
        folder: ContainerFolder,
        workload: Workload,
        generation: AppliedGeneration,
        before: AppliedState | None,
        server: RealisedEnvironment,
    ) -> None:
        """Containers, then the gateway: told of them where it runs, else started before them."""
        engine, spec = self._local_engine(), workload.spec
        tls = bool(spec.tls_certificate)
        if before is not None and self._gateway_stays(folder, workload, before):
            # Written first: whoever looks meanwhile must not take the containers for left over.
            applied = before.but(folder, newest=generation, failed=None, complete=False)
            self._create(engine, folder, applied)
            gateway.apply(folder, generation)
            return
        control.stop(folder)
        kept, name = None if before is None else before.port, str(folder.path)
        with listening.bind(spec.host, asked=spec.port, kept=kept, name=name) as sock:
            port = int(sock.getsockname()[1])
            applied = AppliedState(spec.host, port, tls, workload.bundle.server, generation)
            applied.write(folder)
            if tls:
                write_text(folder.certificate, spec.tls_certificate)
                write_text(folder.certificate_key, workload.tls_key)
            self._create(engine, folder, applied)
            gateway.start(folder, server.python, sock, generation, tls=tls, proven=False)

    def _create(self, engine: Engine, folder: ContainerFolder, applied: AppliedState) -> None:
        generation = applied.newest
        mounts.make_run_folders(folder, generation.id, generation.replicas)
        if generation.data:
            make_data_folder(Path(generation.data), shared=True)
        for number in range(generation.replicas):
            containers.create(engine, folder, generation, number)
        applied.but(folder, complete=True)

    def _gateway_stays(
        self, folder: ContainerFolder, workload: Workload, before: AppliedState
    ) -> bool:
        """Whether the running gateway can take this revision, on the same address."""
        spec = workload.spec
        kept = folder.certificate.read_text() if before.tls and folder.certificate.exists() else ""
        return (
            gateway.look(folder) is not None
            and spec.port in (None, before.port)
            and spec.host == before.host
            and spec.tls_certificate == kept
        )

    def _take_back(
        self, folder: ContainerFolder, generation: AppliedGeneration, before: AppliedState | None
    ) -> None:
        """Leaves what was there before a revision that could not be started."""
        with contextlib.suppress(EngineUnavailableError, EngineError, OSError):
            engine = self._connect()
            for container in containers.find(engine, folder):
                if container.generation == generation.id:
                    containers.remove(engine, container)
        mounts.remove(folder, generation.id)
        if before is not None:
            before.write(folder)

    def _remove_containers(self, folder: ContainerFolder) -> None:
        engine = self._connect()
        for container in containers.find(engine, folder):
            containers.remove(engine, container)

    def _generation(self, workload: Workload, image: BuiltImage) -> AppliedGeneration:
        spec = workload.spec
        about = labels(workload.bundle, self._workspace) | {
            "dev.brygga.service": spec.name,
            "dev.brygga.revision": str(workload.revision),
            "dev.brygga.description": workload.description,
            **{f"dev.brygga.tag.{name}": value for name, value in workload.tags.items()},
        }
        return AppliedGeneration(
            id=_new_id(workload.revision),
            revision=workload.revision,
            image=image.reference,
            replicas=spec.num_replicas,
            cpu_cores=spec.cpu_cores,
            memory_bytes=int(spec.memory_gb * GB),
            gpus=spec.gpus,
            started_at=time.time(),
            init_timeout_s=spec.init_timeout_s,
            restart_policy=spec.restart_policy,
            labels=about,
            data=str(workload.data_folder or ""),
            prefix=spec.prefix,
            metrics_port=spec.metrics_port or 0,
            gateway=gateway.settings_of(spec),
        )

    def _look(self, find: Callable[[Engine], Found]) -> tuple[Engine, Found] | None:
        """The engine and what it has; None where none answers."""
        try:
            engine = self._connect()
            return engine, find(engine)
        except (EngineUnavailableError, OSError):
            return None

    def _local_engine(self) -> Engine:
        engine = self._connect()
        if not engine.is_local:
            raise InvalidInputError(
                f"The engine at {engine.address} is not on this machine: its containers could not "
                "be reached by the gateway.",
                code=ErrorCode.ENGINE_ELSEWHERE,
                hint="Deploy from the machine it runs on; images can be built from here.",
            )
        return engine

    def _folder(self, service: str) -> ContainerFolder:
        return ContainerFolder(self._services / service)

    def _existing(self, service: str) -> tuple[ContainerFolder, AppliedState]:
        folder = self._folder(service)
        applied = AppliedState.read(folder)
        if applied is None:
            raise NotFoundError("service on this machine", service)
        return folder, applied


def _new_id(revision: int) -> str:
    """Names a generation; of one revision, later ones sort behind earlier ones."""
    return f"{revision}-{int(time.time() * 1000):011x}"
