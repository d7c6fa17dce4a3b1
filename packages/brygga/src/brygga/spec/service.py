"""What a service is to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self

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
