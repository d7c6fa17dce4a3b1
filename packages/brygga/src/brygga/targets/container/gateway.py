"""The gateway of a service: started once, told of generations, asked what it sees."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.spec import ServiceSpec
from brygga.store.files import write_json
from brygga.targets.container import failure
from brygga.targets.container.applied_state import AppliedGeneration
from brygga.targets.container.containers import METRICS
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local import control, launch

SETTINGS = frozenset({"max_header_bytes", "header_timeout_s", "body_timeout_s", "idle_timeout_s"})
"""Settings of the server that a gateway has, too."""
_LOG_FORMAT = "log_format"  # told beside them: an older gateway refuses a setting it has not
_LOGS_KEPT = 2


@dataclass(frozen=True)
class Seen:
    """What a gateway says.

    Attributes:
        state: `starting` (nothing was ever ready), `ready`, `unready` or `stopping`.
        generation: What serves, and its `revision`.
        pending: The generation that is to take its place; None where there is none.
        leaving: Generations that finish what they have.
        live: Replicas of the serving generation that answer.
        traffic: Requests, errors and times since it was started.
        given_up: The generation that did not become ready in its time; empty where there is none.
    """

    state: str
    generation: str
    revision: int
    pending: str | None
    leaving: tuple[str, ...]
    live: int
    ready: int
    in_flight: int
    given_up: str = ""
    traffic: Mapping[str, object] = field(default_factory=dict)

    @property
    def needed(self) -> set[str]:
        """Generations that may be given requests, or still answer some."""
        return {self.generation, *self.leaving, *([self.pending] if self.pending else [])}


def look(folder: ContainerFolder) -> Seen | None:
    """Asks the gateway; None where none runs or it does not answer."""
    if not control.is_running(folder):
        return None
    try:
        said = control.ask(folder, {"op": "status"}, timeout_s=2.0)
    except StoreError:
        return None
    if not isinstance(said, dict) or not said.get("ok"):
        return None
    pending = said["pending"]
    return Seen(
        state=str(said["state"]),
        generation=str(said["generation"]),
        revision=int(said["revision"]),
        pending=str(pending["generation"]) if pending else None,
        leaving=tuple(said["leaving"]),
        live=sum(bool(r["live"]) for r in said["replicas"]),
        ready=sum(bool(r["ready"]) for r in said["replicas"]),
        in_flight=int(said["in_flight"]),
        given_up=str(said.get("given_up") or ""),
        traffic=said.get("traffic") or {},
    )


def apply(folder: ContainerFolder, generation: AppliedGeneration) -> None:
    """Has the running gateway switch to a generation as soon as that is ready.

    Raises:
        StoreError: it does not answer, or refuses.
    """
    told = described(folder, generation, proven=False)
    answer = control.ask(folder, {"op": "apply", "generation": told})
    if not isinstance(answer, dict) or not answer.get("ok"):
        reason = answer.get("error") if isinstance(answer, dict) else answer
        raise StoreError(
            f"The gateway of {folder.path.name!r} refused the update: {reason}",
            code=ErrorCode.SERVICE_CHANGE_REFUSED,
        )


def abandon(folder: ContainerFolder, generation: str) -> None:
    """Has it wait no longer for a generation that will not come."""
    control.ask(folder, {"op": "abandon", "id": generation})


def has_proven(folder: ContainerFolder, revision: int) -> bool:
    """Whether the gateway saw the revision ready, and has not given it up for another."""
    current = folder.started_with().get("current")
    return (
        isinstance(current, dict)
        and current.get("revision") == revision
        and bool(current.get("proven"))
    )


def start(
    folder: ContainerFolder,
    python: Path,
    sock: socket.socket,
    generation: AppliedGeneration,
    *,
    tls: bool,
    proven: bool,
) -> None:
    """Starts the gateway on an address that is bound already; it goes on without us.

    Args:
        proven: Whether requests are to wait for the replicas instead of hearing that they start.

    Raises:
        StoreError: it cannot be started.
    """
    plan: dict[str, object] = {
        "version": 1,
        "control_socket": str(folder.control_socket),
        "current": described(folder, generation, proven=proven),
    }
    if tls:
        plan |= {"certificate": str(folder.certificate), "key": str(folder.certificate_key)}
    write_json(folder.gateway_file, plan)
    start_again(folder, python, sock)


def start_again(folder: ContainerFolder, python: Path, sock: socket.socket) -> None:
    """Starts one that goes on where the last one ended. See `start`."""
    for stale in (folder.state_file, folder.control_socket):
        stale.unlink(missing_ok=True)
    command = [str(python), "-I", "-m", "brygga_server.gateway", str(folder.gateway_file)]
    fd = sock.fileno()
    front = [*command, "--listen-fd", str(fd)]
    launch.start(
        folder, python, launch.plan(folder, front, fd, folder.gateway_log, logs_kept=_LOGS_KEPT)
    )


def settings_of(spec: ServiceSpec) -> dict[str, object]:
    """What a spec says of clients, who are connected to the gateway, and of its log."""
    told = spec.server_settings()
    return {name: told[name] for name in (SETTINGS | {_LOG_FORMAT}) & set(told)}


def described(
    folder: ContainerFolder, generation: AppliedGeneration, *, proven: bool
) -> dict[str, object]:
    """A generation as the gateway is told of it."""
    replicas = []
    for number in range(generation.replicas):
        run = folder.replica(generation.id, number)
        replica = {
            "id": f"{generation.id}-{number}",
            "socket": str(run / "serve.sock"),
            "end": str(run / "end.sock"),
        }
        # A gateway of an older release knows nothing of what is not asked for.
        if generation.prefix:
            replica["ready"] = f"{generation.prefix}/ready"
        if generation.metrics_port:
            replica["metrics"] = str(run / METRICS)
        replicas.append(replica)
    return {
        "id": generation.id,
        "revision": generation.revision,
        "replicas": replicas,
        "proven": proven,
        "patience_s": failure.patience(generation),
        "settings": {k: v for k, v in generation.gateway.items() if k != _LOG_FORMAT},
        "log_format": generation.gateway.get(_LOG_FORMAT, "text"),
        "metrics_port": generation.metrics_port,
    }
