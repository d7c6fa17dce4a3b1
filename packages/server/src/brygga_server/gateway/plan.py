"""What a gateway is told, and what it writes down so that the next one goes on where it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from brygga_server.files import write_json
from brygga_server.settings import SettingsError, read

_SETTINGS = {"max_header_bytes", "header_timeout_s", "body_timeout_s", "idle_timeout_s"}


class GatewayPlanError(Exception):
    """The file, or a generation, cannot be used; the sentence says why."""


def check_settings(settings: Mapping[str, object]) -> Mapping[str, object]:
    """Settings that a gateway has.

    Raises:
        GatewayPlanError: one that it has not, or a value that cannot be one.
    """
    strange = sorted(set(settings) - _SETTINGS)
    if strange:
        known = sorted(_SETTINGS)
        raise GatewayPlanError(f"{strange[0]!r} is no setting of a gateway: {known} are.")
    try:
        read(settings, environ={})
    except SettingsError as error:
        raise GatewayPlanError(str(error)) from error
    return settings


@dataclass(frozen=True)
class ReplicaPlan:
    """One replica.

    Attributes:
        id: For people and for status.
        socket: The Unix socket it listens on.
        end: A Unix socket; whoever connects to it ends the replica. Empty where there is none.
        ready: The path that says whether it is ready.
        metrics: A Unix socket that gives its metrics without a key; empty where there is none.
    """

    id: str
    socket: str
    end: str = ""
    ready: str = "/ready"
    metrics: str = ""


@dataclass(frozen=True)
class GenerationPlan:
    """The replicas of one revision.

    Attributes:
        id: Names this set of replicas.
        proven: It was ready once, so that requests wait for it while it is away.
        patience_s: One that is not ready by then never will be, and is ended; 0 waits for ever.
        settings: Those of the server that limit what a client may take.
        metrics_port: For `/metrics` alone, without a key, while it serves; 0 for none.
        log_format: `text` or `json`: how the gateway logs while it serves.
    """

    id: str
    revision: int
    replicas: tuple[ReplicaPlan, ...]
    proven: bool = False
    patience_s: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    metrics_port: int = 0
    log_format: str = "text"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads a JSON object.

        Raises:
            GatewayPlanError: something is missing or wrong.
        """
        try:
            replicas = tuple(ReplicaPlan(**replica) for replica in data["replicas"])
            if not replicas:
                raise GatewayPlanError("A generation has no replicas.")
            return cls(
                id=str(data["id"]),
                revision=int(data["revision"]),
                replicas=replicas,
                proven=bool(data.get("proven", False)),
                patience_s=float(data.get("patience_s", 0.0)),
                settings=check_settings(dict(data.get("settings") or {})),
                metrics_port=int(data.get("metrics_port") or 0),
                log_format=str(data.get("log_format") or "text"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise GatewayPlanError(f"A generation cannot be read: {error!r}.") from error


@dataclass(frozen=True)
class GatewayPlan:
    """The whole file.

    Attributes:
        control_socket: Where status, apply and abandon are asked.
        certificate: Of TLS, with `key`; files in PEM. Both empty: plain HTTP.
        current: What serves.
        pending: What is to take its place once it is ready.
        given_up: The generation that was not ready in its time, last; empty where none was late.
    """

    file: Path
    control_socket: str
    current: GenerationPlan
    pending: GenerationPlan | None = None
    certificate: str = ""
    key: str = ""
    given_up: str = ""

    @classmethod
    def load(cls, file: Path) -> Self:
        """Reads FILE.

        Raises:
            GatewayPlanError: with the key that is missing or wrong.
        """
        try:
            data = json.loads(file.read_bytes())
            if data["version"] != 1:
                raise GatewayPlanError(f"{file} has version {data['version']!r}, not 1.")
            pending = data.get("pending")
            return cls(
                file=file,
                control_socket=str(data["control_socket"]),
                current=GenerationPlan.from_dict(data["current"]),
                pending=GenerationPlan.from_dict(pending) if pending else None,
                certificate=str(data.get("certificate") or ""),
                key=str(data.get("key") or ""),
                given_up=str(data.get("given_up") or ""),
            )
        except OSError as error:
            raise GatewayPlanError(f"{file} cannot be read: {error.strerror}.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise GatewayPlanError(f"{file} is not the plan of a gateway: {error!r}.") from error

    def but(
        self,
        current: GenerationPlan,
        pending: GenerationPlan | None,
        *,
        given_up: GenerationPlan | None = None,
    ) -> GatewayPlan:
        """The same with other generations, written to its file.

        Args:
            given_up: None leaves the one that is noted.
        """
        late = self.given_up if given_up is None else given_up.id
        plan = replace(self, current=current, pending=pending, given_up=late)
        content = {k: v for k, v in asdict(plan).items() if k != "file"}
        write_json(self.file, {"version": 1, **content})
        return plan
