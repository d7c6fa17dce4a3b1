"""What a deployment would change, told without doing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from brygga.markup import card, table
from brygga.operations import Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.services.preparation import Deployment, Prepared, prepare
from brygga.spec import SPEC_OPTIONS, ServiceSpec
from brygga.spec.change import Change
from brygga.spec.option import shown
from brygga.targets.base import WorkloadState


@dataclass(frozen=True)
class Plan:
    """What a deployment would change.

    Attributes:
        is_new: Whether the service would be made; its changes are then what it would be.
        remarks: What a deployment would tell besides.
    """

    service: str
    target: str
    is_new: bool
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything would change."""
        return self.is_new or bool(self.changes)

    def __str__(self) -> str:
        if not self:
            return f"Nothing would change: {self.service} serves this already."
        head = f"{self.service} would be {'made' if self.is_new else 'changed'}:"
        return "\n".join([head, *(f"  {change}" for change in self.changes)])

    def _repr_html_(self) -> str:
        head = str(self).partition("\n")[0]
        facts = card(head, {"target": self.target, "remarks": self.remarks})
        return facts + (table([each.to_dict() for each in self.changes]) if self.changes else "")

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {
            "service": self.service,
            "target": self.target,
            "is_new": self.is_new,
            "would_change": bool(self),
            "changes": [change.to_dict() for change in self.changes],
            "remarks": list(self.remarks),
        }


def plan(parts: ServiceDependencies, asked: Deployment, progress: Progress) -> Plan:
    """Compares a deployment with the service as it is; only its lock and its blobs are made."""
    meant, sentences = asked.asked.heeding_variables()
    with parts.blobs.keeping():
        found = prepare(parts, replace(asked, asked=meant), progress)
        changes = [*(_of_new(found) if found.row is None else found.changes(parts))]
        if found.row is not None and not changes and not found.is_served:
            state = found.target.status(asked.name).state
            gone = state is WorkloadState.ABSENT  # as after a restore: its rows alone are here
            now = "not on this machine" if gone else state.value
            changes.append(Change("state", now, "started" if gone else "started again"))
    is_new = found.row is None
    return Plan(asked.name, found.target.kind, is_new, tuple(changes), tuple(sentences))


def _of_new(found: Prepared) -> Iterator[Change]:
    """What a service that is not there yet would be, less what it would be in any case."""
    bundle, spec = found.bundle, found.spec
    yield Change("target", "", found.target.kind)
    models = ", ".join(f"{model.name}:{model.version}" for model in bundle.models)
    yield Change("models", "", models or "none")
    yield Change("entry_script", "", bundle.entry_script)
    yield Change("python", "", bundle.python)
    for name in SPEC_OPTIONS:
        value = getattr(spec, name)
        if value != getattr(ServiceSpec(spec.name), name):
            yield Change(name, "", shown(value))
    if spec.secrets:
        yield Change("secrets", "", ", ".join(spec.secrets))
