"""The seam between a service and what runs it."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from brygga.diagnosis import Diagnosis
from brygga.errors import InvalidInputError
from brygga.images.bundle import Bundle

Progress = Callable[[str], None]
"""Called with one short line at the start of each phase."""

RestartPolicy = Literal["on-failure", "always", "no"]
"""What becomes of a replica that ended: it is started again when it failed, always, or never."""
RESTART_POLICIES: tuple[RestartPolicy, ...] = ("on-failure", "always", "no")


@dataclass(frozen=True)
class ServiceSpec:
    """What a revision of a service is to be, less its bundle.

    Attributes:
        name: The service.
        cpu_cores: Limit in cores; fractions are allowed.
        memory_gb: Limit in GB of 2^30 bytes, as container engines count; front and workers
            together.
        host: The address to listen on.
        port: The port that was asked for; None lets the target choose one and keep it.
        workers: Worker processes; None derives them from the limits.
        scoring_timeout_ms: After it a request is answered with an error and its worker replaced.
        secrets: Names only; the values come with the `Workload`.
        profile: `native`, or `v1` for the exact HTTP behaviour of Azure ML SDK v1's server.
        num_replicas: How many of it share the requests; limits hold for each.
        gpus: How many each replica gets.
        restart_policy: When a replica that ended is started again; one of a revision that was
            never ready is not, whatever it says.
        tls_certificate: In PEM; empty for plain HTTP. The key is with the secrets.
        collect_data: Whether rows that the script gives to `ModelDataCollector` are kept.
    """

    name: str
    cpu_cores: float = 1.0
    memory_gb: float = 1.0
    host: str = "127.0.0.1"
    port: int | None = None
    auth_enabled: bool = True
    workers: int | None = None
    threads_per_worker: int = 1
    scoring_timeout_ms: int = 60_000
    init_timeout_s: float = 600.0
    profile: Literal["native", "v1"] = "native"
    log_format: Literal["text", "json"] = "text"
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    num_replicas: int = 1
    gpus: int = 0
    restart_policy: RestartPolicy = "on-failure"
    tls_certificate: str = ""
    collect_data: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self) | {"environment_variables": dict(self.environment_variables)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote, also that of an older version."""
        known = {f.name for f in fields(cls)}
        values = {k: v for k, v in data.items() if k in known}
        return cls(**{**values, "secrets": tuple(data.get("secrets", ()))})


@dataclass(frozen=True)
class Workload:
    """One revision, ready to be run.

    Attributes:
        key_hashes: Key name to the sha256 (hex) of its value; empty when keys are off.
        secret_values: For each name in `spec.secrets`; never logged, never in arguments.
        tls_key: Of the certificate, in PEM.
        tags: Of the service, and its description: for people who look at what runs it.
        data_folder: Where what the script collects goes to, on this machine; None: nowhere.
    """

    spec: ServiceSpec
    revision: int
    bundle: Bundle
    key_hashes: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls_key: str = field(default="", repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    data_folder: Path | None = None


class WorkloadState(StrEnum):
    """What a target sees of a service."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"  # it lives, but cannot serve now
    FAILED = "failed"  # it will not come back by itself
    STOPPED = "stopped"  # the machine was restarted, or somebody stopped it


@dataclass(frozen=True)
class WorkloadStatus:
    """What a target sees of a service.

    Attributes:
        revision: The one that serves, or tries to.
        pending: A newer revision that is starting beside it, or has failed to.
        pending_state: STARTING or FAILED, with `pending_diagnosis`.
        url: `http://host:port` without a path, once it is known.
        details: For people: workers, limits and how they hold, memory; names to plain values.
    """

    state: WorkloadState
    revision: int | None = None
    url: str | None = None
    diagnosis: Diagnosis | None = None
    pending: int | None = None
    pending_state: WorkloadState | None = None
    pending_diagnosis: Diagnosis | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def require_plain(spec: ServiceSpec, kind: str) -> None:
    """Refuses what only targets with containers can do.

    Raises:
        InvalidInputError: naming the option and its value.
    """
    asked = {
        "num_replicas": (spec.num_replicas, 1, "it runs one, with as many workers as it has cores"),
        "gpus": (spec.gpus, 0, "it gives none, the script sees those of the machine"),
        "restart_policy": (
            spec.restart_policy,
            "on-failure",
            "its supervisor starts again whatever fails",
        ),
        "tls": (bool(spec.tls_certificate), False, "it speaks plain HTTP, on loopback"),
    }
    for option, (value, default, why) in asked.items():
        if value != default:
            raise InvalidInputError(
                f"{option}={value} cannot be had on the target {kind!r}: {why}.",
                hint='Deploy to target="container", or leave it out.',
            )


class Target(abc.ABC):
    """Something that can run services.

    A target is asked by name and keeps what it must remember itself, outside the store.
    """

    kind: ClassVar[str]
    # Whether services run in images, so that base images and Dockerfiles mean something to it.
    runs_images: ClassVar[bool] = False

    def is_usable(self) -> bool:
        """Whether it can run anything here now; one that needs an engine asks for it."""
        return True

    @abc.abstractmethod
    def validate(self, spec: ServiceSpec) -> None:
        """Says whether this target can do what is asked, before anything is changed.

        Raises:
            InvalidInputError: a limit, host or port that cannot be had here.
        """

    @abc.abstractmethod
    def apply(self, workload: Workload, progress: Progress) -> None:
        """Creates the service, or updates it to this revision.

        Returns once the revision is starting and will go on without the caller; `status` tells
        when it is ready. While an update is starting, and if it fails, the old revision serves.
        """

    @abc.abstractmethod
    def status(self, service: str) -> WorkloadStatus:
        """What is there now; ABSENT where nothing is."""

    @abc.abstractmethod
    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """Lines of the service's log, oldest first, without their line ends.

        Args:
            lines: At most so many of the last ones; None for all that is kept.
            follow: Go on with what is added, until the service is deleted.
        """

    @abc.abstractmethod
    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Makes the service accept these keys and no others, from now on, without a restart."""

    @abc.abstractmethod
    def delete(self, service: str) -> None:
        """Ends and removes the service, its processes, sockets and files; idempotent."""

    def traces(self) -> Mapping[str, int]:
        """Every service there is anything of here, and the bytes that takes.

        Also of those that were deleted, or never finished: `delete` removes what is left.
        """
        return {}

    def environments_in_use(self) -> frozenset[Path]:
        """Realised environments and servers that what is here runs from, or would start from."""
        return frozenset()

    def stop(self, service: str) -> None:
        """Ends its processes and keeps everything else; `restart` brings it back.

        Raises:
            InvalidInputError: this target keeps nothing of a service that does not run.
        """
        raise InvalidInputError(
            f"The target {self.kind!r} cannot stop a service and keep it.",
            hint=f"Delete it, and deploy it again later: brygga service delete {service}",
        )

    def enable(self, service: str, command: Sequence[str]) -> None:
        """Has it brought back after a reboot, by `command` with `restart` (or `stop`) and its name.

        Raises:
            InvalidInputError: this target cannot, or need not, do that here.
        """
        del command
        raise InvalidInputError(
            f"The target {self.kind!r} starts no services after a reboot.",
            hint=f"Start it yourself: brygga service restart {service}",
        )

    def disable(self, service: str) -> bool:
        """Has it left alone after a reboot; whether that was otherwise before."""
        del service
        return False

    @abc.abstractmethod
    def restart(self, service: str, progress: Progress) -> None:
        """Starts it anew as it is, on the same port; also after a reboot."""
