"""Containers of the engine: made, looked at, ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError
from brygga.images.dockerfile import SERVER, USER
from brygga.images.engine import Engine, innermost
from brygga.targets.container.applied_state import AppliedGeneration
from brygga.targets.container.folder import ContainerFolder

CONFIG = "/etc/brygga"
"""Where a container finds its configuration."""
RUN = "/run/brygga"
"""Where it puts its sockets and its status."""
METRICS = "metrics.sock"
"""Among them, where it gives its metrics to the gateway."""
DATA = "/var/lib/brygga/data"
"""Where its script puts what it collects."""
CONTROL = "/tmp/brygga.sock"  # noqa: S108 - within the container
STAY = "stay"
"""Tells the process of a container not to end by itself."""
PLACE = "dev.brygga.place"
GENERATION = "dev.brygga.generation"
REPLICA = "dev.brygga.replica"

_PIDS = 4096
_STOP_S = 40
_REMOVE_S = 10.0
_REMOVE_PAUSE_S = 0.1


class EngineError(BryggaError):
    """The engine refuses."""


@dataclass(frozen=True)
class Container:
    """A container as the engine lists it.

    Attributes:
        place: Of the service it belongs to, see `ContainerFolder.place`.
        state: `created`, `running`, `exited` or another word of the engine's.
        created_at: When it was made; None where the engine does not say.
    """

    id: str
    name: str
    place: str
    generation: str
    replica: int
    state: str
    created_at: datetime | None

    @property
    def running(self) -> bool:
        """Whether its processes live."""
        return self.state in ("running", "paused", "restarting", "stopping")


@dataclass(frozen=True)
class InspectedContainer(Container):
    """A container with what the engine tells only of one at a time.

    Attributes:
        exit_code: Of a container that has ended.
        out_of_memory: Whether the engine says that it was ended for its memory.
        restarts: How often the engine has started it again.
        started_at: When it was started last, and `finished_at`, when it ended; None for never.
    """

    exit_code: int
    out_of_memory: bool
    restarts: int
    started_at: datetime | None
    finished_at: datetime | None


def create(
    engine: Engine, folder: ContainerFolder, generation: AppliedGeneration, number: int
) -> str:
    """Makes and starts one container; returns its id.

    Raises:
        EngineError: in the engine's own words.
    """
    import docker

    name = f"brygga-{folder.path.name}-{generation.id}-{number}"
    options: dict[str, Any] = {}
    if generation.gpus:
        options["device_requests"] = [
            docker.types.DeviceRequest(count=generation.gpus, capabilities=[["gpu"]])
        ]
    volumes = {
        str(folder.config(generation.id)): {"bind": CONFIG, "mode": "ro"},
        str(folder.replica(generation.id, number)): {"bind": RUN, "mode": "rw"},
    }
    if generation.data:
        volumes[generation.data] = {"bind": DATA, "mode": "rw"}
    container = None
    try:
        container = engine.client.containers.create(
            generation.image,
            name=name,
            entrypoint=_entrypoint(),
            command=_command(generation, number),
            user=USER,
            read_only=True,
            tmpfs={"/tmp": "rw,mode=1777"},  # noqa: S108 - within the container
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit=generation.memory_bytes,
            memswap_limit=generation.memory_bytes,
            nano_cpus=int(generation.cpu_cores * 1_000_000_000),
            pids_limit=_PIDS,
            restart_policy={"Name": generation.restart_policy},
            volumes=volumes,
            labels={
                **generation.labels,
                PLACE: folder.place,
                GENERATION: generation.id,
                REPLICA: str(number),
            },
            **options,
        )
        container.start()
    except (docker.errors.DockerException, OSError) as error:
        if container is not None:
            with contextlib.suppress(docker.errors.DockerException):
                container.remove(force=True)
        raise EngineError(
            f"The container {name} cannot be started: {innermost(error)}",
            code=ErrorCode.CONTAINER_NOT_STARTED,
        ) from error
    return str(container.id)


def find(engine: Engine, folder: ContainerFolder) -> list[Container]:
    """All containers of a service, of all its generations, in the order of their replicas."""
    return _listed(engine, f"{PLACE}={folder.place}")


def find_all(engine: Engine) -> dict[str, list[Container]]:
    """The containers of all services that share the engine, by the service's place: one call."""
    found: dict[str, list[Container]] = {}
    for container in _listed(engine, PLACE):
        found.setdefault(container.place, []).append(container)
    return found


def inspect(engine: Engine, containers: Iterable[Container]) -> list[InspectedContainer]:
    """The same containers, less those that have gone since."""
    return [c for c in (_inspected(engine, container) for container in containers) if c is not None]


def end(engine: Engine, container: Container, grace_s: int = _STOP_S) -> None:
    """Ends a container, which stays to be looked at; idempotent.

    Args:
        grace_s: How long it may finish what it does.
    """
    from docker.errors import APIError, NotFound

    with contextlib.suppress(NotFound):
        try:
            engine.client.api.stop(container.id, timeout=grace_s)
        except APIError as error:
            if error.status_code != 304:  # it was not running
                raise


def remove(engine: Engine, container: Container) -> None:
    """Removes a container, whatever it does; idempotent.

    Raises:
        EngineError: the engine refuses, and goes on to refuse.
    """
    from docker.errors import APIError, NotFound

    deadline = time.monotonic() + _REMOVE_S
    with contextlib.suppress(NotFound):
        while True:
            try:
                engine.client.api.remove_container(container.id, force=True, v=True)
            except APIError as error:
                # Somebody else may be removing it, or the engine be about to start it again.
                if time.monotonic() > deadline:
                    raise EngineError(
                        f"The container {container.name} cannot be removed: {innermost(error)}",
                        code=ErrorCode.CONTAINER_NOT_REMOVED,
                    ) from error
                time.sleep(_REMOVE_PAUSE_S)
            else:
                return


def run_inside(engine: Engine, container: Container, script: str) -> tuple[int, str]:
    """Runs Python code with the server's interpreter in a running container."""
    made = engine.client.api.exec_create(
        container.id, [f"{SERVER}/bin/python", "-I", "-c", script], user=USER
    )
    output = engine.client.api.exec_start(made["Id"])
    code = int(engine.client.api.exec_inspect(made["Id"])["ExitCode"] or 0)
    return code, output.decode("utf-8", "replace")


def gpus_of(engine: Engine) -> bool:
    """Whether the engine knows how to give a container GPUs."""
    info = engine.client.info()
    runtimes: Mapping[str, object] = info.get("Runtimes") or {}
    return "nvidia" in runtimes or bool(info.get("CDISpecDirs") and info.get("DiscoveredDevices"))


def _entrypoint() -> list[str]:
    return [f"{SERVER}/bin/python", "-I", "-m", "brygga_server.gateway.replica_process"]


def _command(generation: AppliedGeneration, number: int) -> list[str]:
    command = [f"{CONFIG}/serve-{number}.json", f"{RUN}/serve.sock", f"{RUN}/end.sock"]
    # An engine that always starts again would do so with what is not to come back.
    return [*command, STAY] if generation.restart_policy == "always" else command


def _listed(engine: Engine, label: str) -> list[Container]:
    rows = engine.client.api.containers(all=True, filters={"label": [label]})
    found = [_container(row) for row in rows]
    return sorted(found, key=lambda c: (c.generation, c.replica))


def _container(row: Mapping[str, Any]) -> Container:
    labels = row["Labels"]
    return Container(
        id=str(row["Id"]),
        name=str(row["Names"][0]).lstrip("/"),
        place=str(labels.get(PLACE, "")),
        generation=str(labels.get(GENERATION, "")),
        replica=int(labels.get(REPLICA, 0)),
        state=str(row["State"]),
        created_at=_created(row.get("Created")),
    )


def _inspected(engine: Engine, container: Container) -> InspectedContainer | None:
    from docker.errors import DockerException

    try:
        data = engine.client.api.inspect_container(container.id)
    except (DockerException, OSError):
        return None  # it has gone since, or is just going
    state = data["State"]
    return InspectedContainer(
        **{**vars(container), "state": str(state.get("Status", ""))},
        exit_code=int(state.get("ExitCode") or 0),
        out_of_memory=bool(state.get("OOMKilled")),
        restarts=int(data.get("RestartCount") or 0),
        started_at=_time(str(state.get("StartedAt") or "")),
        finished_at=_time(str(state.get("FinishedAt") or "")),
    )


def _created(seconds: object) -> datetime | None:
    known = isinstance(seconds, int | float) and seconds > 0
    return datetime.fromtimestamp(float(seconds), UTC) if known else None  # type: ignore[arg-type]


def _time(text: str) -> datetime | None:
    """A time of the engine's; None for the one that means never."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.year > 1 else None
