"""One numbered deployment of a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from brygga.findings import Cause, Diagnosis
from brygga.markup import card
from brygga.spec import ServiceSpec
from brygga.store.rows import RevisionOutline, RevisionStatus
from brygga.targets.base import WorkloadState, WorkloadStatus


@dataclass(frozen=True)
class Revision:
    """One numbered deployment of a service.

    Attributes:
        status: `pending`, `ready` (it has served) or `failed`, with `diagnosis`.
        serving: Whether it is the one that serves now.
        models: As `name:version`; 0 is one that is not registered.
        spec: What it was asked to be.
    """

    number: int
    status: RevisionStatus
    serving: bool
    bundle_digest: str
    models: tuple[str, ...]
    created_at: datetime
    created_by: str | None
    diagnosis: Diagnosis | None
    spec: ServiceSpec

    def _repr_html_(self) -> str:
        return card(
            f"Revision {self.number}",
            {
                "status": "serves" if self.serving else self.status,
                "models": self.models,
                "limits": f"{self.spec.cpu_cores:g} cores, {self.spec.memory_gb:g} GB",
                "created": self.created_at,
                "by": self.created_by,
                "error": None if self.diagnosis is None else self.diagnosis.sentence,
                "fix": None if self.diagnosis is None else self.diagnosis.fix,
            },
        )

    def to_dict(self) -> dict[str, object]:
        """A JSON object of what happened to it."""
        return {
            "revision": self.number,
            "status": self.status,
            "models": list(self.models),
            "bundle": self.bundle_digest,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "error": None if self.diagnosis is None else self.diagnosis.to_dict(),
        }


def seen(
    service: str, outline: RevisionOutline, status: WorkloadStatus | None, *, busy: bool
) -> Revision:
    """A revision as its target shows it now, which the store may not have been told yet.

    Args:
        service: Whose it is.
        status: None where its target cannot be asked from here.
        busy: Whether an operation on the service is under way.
    """
    state, diagnosis = outline.status, _read(outline.diagnosis)
    if state == "pending" and status is not None:
        state, diagnosis = fate(outline.number, status, busy=busy)
    elif state == "failed" and _serves(outline.number, status):
        # Whoever began it was cut off from it: what serves has not failed.
        state, diagnosis = "ready", None
    return Revision(
        number=outline.number,
        status=state,
        serving=status is not None and outline.number == status.revision,
        bundle_digest=outline.bundle_digest,
        models=outline.models,
        created_at=outline.created_at,
        created_by=outline.created_by,
        diagnosis=None if diagnosis is None else diagnosis.of(service),
        spec=ServiceSpec.from_dict(outline.spec),
    )


def _serves(number: int, status: WorkloadStatus | None) -> bool:
    ready = status is not None and status.state is WorkloadState.READY
    return ready and status is not None and status.revision == number


def fate(
    number: int, status: WorkloadStatus, *, busy: bool
) -> tuple[RevisionStatus, Diagnosis | None]:
    """What has become of a revision that nobody has written anything of yet."""
    if number == status.pending:
        failed = status.pending_state is WorkloadState.FAILED
        return ("failed", status.pending_diagnosis) if failed else ("pending", None)
    if number != status.revision:
        newer = max(status.revision or 0, status.pending or 0)
        if newer > number:
            return "failed", replaced_by(newer)
        return ("pending", None) if busy else ("failed", INTERRUPTED)
    if status.state is WorkloadState.FAILED:
        return "failed", status.diagnosis
    # What serves, or cannot serve now, has served.
    served = status.state in (WorkloadState.READY, WorkloadState.UNREADY)
    return ("ready" if served else "pending"), None


def replaced_by(newer: int) -> Diagnosis:
    """Why a revision never served that another one came after."""
    return Diagnosis(Cause.REPLACED, f"Revision {newer} replaced it.")


INTERRUPTED = Diagnosis(Cause.INTERRUPTED, "Its deployment was interrupted.")


def _read(diagnosis: Mapping[str, object] | None) -> Diagnosis | None:
    return None if diagnosis is None else Diagnosis.from_dict(diagnosis)
