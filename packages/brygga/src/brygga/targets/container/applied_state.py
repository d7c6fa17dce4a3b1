"""What was last applied of a service: enough to go on from, also after a reboot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from brygga.spec import RestartPolicy
from brygga.store.files import write_json
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local.folder import read_json


@dataclass(frozen=True)
class AppliedGeneration:
    """Containers that were made alike.

    Attributes:
        id: Names them.
        image: Reference of their image.
        replicas: How many.
        memory_bytes: The limit of each.
        started_at: Unix seconds.
        init_timeout_s: After it, and some time for the container itself, it is not waited for.
        restart_policy: When the engine starts them again.
        labels: For people who look into the engine.
        data: Folder for what the script collects; empty where it collects nothing.
        prefix: What its paths begin with.
        metrics_port: That of the gateway for metrics alone; 0 for none.
        gateway: Settings that hold at the gateway while it serves.
    """

    id: str
    revision: int
    image: str
    replicas: int
    cpu_cores: float
    memory_bytes: int
    gpus: int
    started_at: float
    init_timeout_s: float
    restart_policy: RestartPolicy = "on-failure"
    labels: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    prefix: str = ""
    metrics_port: int = 0
    gateway: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AppliedState:
    """The service file.

    Attributes:
        server: Digest of the server whose gateway runs.
        newest: What was applied last.
        complete: Whether all its containers were made; one that is missing after that was removed.
        failed: Why the newest was given up and ended, as a diagnosis; None where it was not.
        stopped: When somebody stopped it, in Unix seconds; None where nobody did.
    """

    host: str
    port: int
    tls: bool
    server: str
    newest: AppliedGeneration
    complete: bool = False
    failed: Mapping[str, Any] | None = None
    stopped: float | None = None

    @classmethod
    def read(cls, folder: ContainerFolder) -> Self | None:
        """What stands in the file; None where there is none."""
        data = read_json(folder.service_file)
        if data is None:
            return None
        # Files of other versions have more.
        known = {each.name for each in fields(cls)}
        values: dict[str, Any] = {k: v for k, v in data.items() if k in known}
        values["newest"] = AppliedGeneration(**values["newest"])
        return cls(**values)

    def write(self, folder: ContainerFolder) -> None:
        """Replaces the file."""
        write_json(folder.service_file, {"version": 1, **asdict(self)})

    def but(self, folder: ContainerFolder, **changes: object) -> AppliedState:
        """The same with changes, written."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        changed.write(folder)
        return changed
