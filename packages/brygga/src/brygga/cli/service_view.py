"""How `brygga service show` tells of a service: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from brygga.cli.output import size_text
from brygga.cli.session import Session
from brygga.services.traffic import Traffic
from brygga.spellings import Language, words

if TYPE_CHECKING:
    from brygga.findings import Diagnosis
    from brygga.services import ServiceSnapshot
    from brygga.spec import ServiceSpec

_TOLD = frozenset(
    ("cpu_cores", "memory_gb", "auth", "tls", "scoring_timeout_ms", "queue_timeout_ms",
     "init_timeout_s", "num_replicas")
)  # fmt: skip
_ELSEWHERE = frozenset(("traffic", "memory_bytes", "limits", "replicas", "log"))


def fields_of(service: ServiceSnapshot) -> dict[str, object]:
    """What people want to know first, in that order; then what is as it always is."""
    spec, newer, details = service.current.spec, service.newer, service.details
    shown = {
        "name": service.name,
        "state": service.state_text,
        "since": service.since,
        "revision": None if service.serving is None else service.serving.number,
        "newer": None if newer is None else f"revision {newer.number}, {newer.status}",
        "target": service.target,
        "replicas": details.get("replicas"),
        "traffic": traffic_text(service.traffic),
        "memory": _memory(service.memory_bytes, spec),
        "limits": _limits(spec, details.get("limits")),
        "deadlines": _deadlines(spec),
        "keys": "asked for" if spec.auth else "none: everybody who reaches it may call it",
        "tls": "yes" if spec.tls_certificate else None,
        "scoring uri": service.scoring_uri,
        "swagger uri": service.swagger_uri,
        "docs uri": service.docs_uri,
        "models": service.current.models,
        "log": details.get("log"),
        "data folder": service.data_folder,
        "description": service.description,
        "tags": service.tags,
        "created at": service.created_at,
        "created by": service.created_by,
        "updated at": service.updated_at,
    }
    for group, options in service.options().items():
        rest = {name: value for name, value in options.items() if name not in _TOLD}
        shown[group] = {name: value for name, value in rest.items() if value not in (None, {})}
    return shown


def details_of(service: ServiceSnapshot) -> dict[str, object]:
    """What else its target says."""
    return {name: value for name, value in service.details.items() if name not in _ELSEWHERE}


def errors_of(service: ServiceSnapshot) -> Iterator[tuple[str, Diagnosis]]:
    """Why it does not serve, and why its newer revision does not: each has its own."""
    if service.diagnosis is not None:
        yield "error", service.diagnosis
    if service.newer is not None and service.newer.diagnosis is not None:
        yield f"error of revision {service.newer.number}", service.newer.diagnosis


def json_of(session: Session, service: ServiceSnapshot) -> dict[str, object]:
    """The same for programs, with commands for what is to be done."""
    shown, error = service.to_dict(), service.error
    if error is None:
        return shown
    return {**shown, "error": {**error.to_dict(), "fix": fix_of(session, error)}}


def fix_of(session: Session, error: Diagnosis) -> str:
    """What to do about an error, as commands."""
    return words(error.advice, Language.COMMAND, workspace=session.workspace_name)


def traffic_text(traffic: Traffic | None) -> str | None:
    """Requests, errors and times in a line."""
    if traffic is None:
        return None
    requests = "1 request" if traffic.requests == 1 else f"{traffic.requests} requests"
    errors = "1 error" if traffic.errors == 1 else f"{traffic.errors} errors"
    text = f"{requests}, {errors}"
    if traffic.counts and sum(traffic.counts):
        text += f"; half within {seconds_text(traffic.quantile(0.5))}, 95 % within "
        text += seconds_text(traffic.quantile(0.95))
    return text


def seconds_text(seconds: float | None) -> str:
    """A time of an answer: `1.2 ms`, `3.4 s`; empty where there is none."""
    if seconds is None:
        return ""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _memory(held: int | None, spec: ServiceSpec) -> str | None:
    if held is None:
        return None
    return f"{size_text(held)} of {spec.memory_gb:g} GB"


def _limits(spec: ServiceSpec, held: object) -> list[str]:
    """Each with its number, and what holds it."""
    cores = "1 core" if spec.cpu_cores == 1 else f"{spec.cpu_cores:g} cores"
    numbers = f"{cores}, {spec.memory_gb:g} GB of memory"
    if isinstance(held, str):
        return [f"{numbers} ({held})"]
    return [f"{numbers} for each replica (held by the container engine)"] if held else [numbers]


def _deadlines(spec: ServiceSpec) -> str:
    options: Mapping[str, object] = {
        "run()": _of(spec.scoring_timeout_ms, 1000),
        "waiting for a worker": _of(spec.queue_timeout_ms, 1000),
        "init()": _of(spec.init_timeout_s, 1),
    }
    return ", ".join(f"{name} {value}" for name, value in options.items() if value)


def _of(value: float | None, in_a_second: int) -> str:
    return "" if value is None else f"{value / in_a_second:g} s"
