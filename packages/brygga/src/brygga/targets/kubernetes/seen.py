"""What the cluster has of a service: its objects as they were listed, read by name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from brygga.targets.kubernetes.names import INSTANCE, RESTARTED, REVISION
from brygga.targets.kubernetes.rendering import Manifest


@dataclass(frozen=True)
class SeenEvent:
    """Something that befell an object: the newest of its kind comes last in a list."""

    about: str
    reason: str
    message: str

    @classmethod
    def read(cls, data: Manifest) -> Self:
        """From an Event."""
        about = str((data.get("involvedObject") or {}).get("name", ""))
        return cls(about, str(data.get("reason") or ""), str(data.get("message") or ""))


@dataclass(frozen=True)
class ContainerEnd:
    """How a container ended last."""

    exit_code: int
    reason: str
    message: str

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Self | None:
        """From a container's state; None where it has not ended."""
        found = state.get("terminated")
        if not found:
            return None
        code, reason = int(found.get("exitCode") or 0), str(found.get("reason") or "")
        return cls(code, reason, str(found.get("message") or ""))

    @property
    def told(self) -> Mapping[str, object]:
        """What the server has said of its end; empty where it has said nothing."""
        try:
            found = json.loads(self.message)
        except ValueError:
            return {}
        return found if isinstance(found, dict) and "cause" in found else {}


@dataclass(frozen=True)
class SeenPod:
    """A pod.

    Attributes:
        template: Names the pods that were made alike.
        waiting: Why its container does not run, and `waiting_message`.
        ended: How its container ended last, if it has.
        unscheduled: Why no node takes it, in the scheduler's words, since `unscheduled_since`.
        leaving_since: When it was told to end; None where it was not.
        memory: Its limit, as the manifest has it.
    """

    name: str
    revision: int
    template: str
    phase: str
    ready: bool
    host_ip: str
    restarts: int
    waiting: str
    waiting_message: str
    ended: ContainerEnd | None
    unscheduled: str
    unscheduled_since: datetime | None
    leaving_since: datetime | None
    created_at: datetime | None
    memory: str = ""
    reason: str = ""
    message: str = ""

    @classmethod
    def read(cls, data: Manifest) -> Self:
        """From a Pod."""
        meta, status = data["metadata"], data.get("status") or {}
        labels = meta.get("labels") or {}
        conditions = {each["type"]: each for each in status.get("conditions") or ()}
        scheduled = conditions.get("PodScheduled") or {}
        held = scheduled.get("status") == "False"
        container: Mapping[str, Any] = next(iter(status.get("containerStatuses") or ()), {})
        state = container.get("state") or {}
        waiting = state.get("waiting") or {}
        return cls(
            name=str(meta["name"]),
            revision=int(labels.get(REVISION) or 0),
            template=str(labels.get("pod-template-hash") or ""),
            phase=str(status.get("phase") or ""),
            ready=(conditions.get("Ready") or {}).get("status") == "True",
            host_ip=str(status.get("hostIP") or ""),
            restarts=int(container.get("restartCount") or 0),
            waiting=str(waiting.get("reason") or ""),
            waiting_message=str(waiting.get("message") or ""),
            ended=ContainerEnd.read(state) or ContainerEnd.read(container.get("lastState") or {}),
            unscheduled=str(scheduled.get("message") or "") if held else "",
            unscheduled_since=moment(scheduled.get("lastTransitionTime")) if held else None,
            leaving_since=_leaving(meta),
            created_at=moment(meta.get("creationTimestamp")),
            memory=_memory_limit(data),
            reason=str(status.get("reason") or ""),
            message=str(status.get("message") or ""),
        )

    @property
    def serves(self) -> bool:
        """Whether requests are given to it."""
        return self.ready and self.leaving_since is None


@dataclass(frozen=True)
class SeenService:
    """All of one service that one look shows.

    Attributes:
        deployment: None where there is none.
        address: The Service object, for its type and ports.
    """

    deployment: Manifest | None = None
    pods: Sequence[SeenPod] = ()
    address: Manifest | None = None
    events: Sequence[SeenEvent] = field(default=())

    @property
    def revision(self) -> int:
        """The newest one."""
        return int(self._template_labels.get(REVISION) or 0)

    @property
    def wanted(self) -> int:
        """How many pods are asked for."""
        spec = (self.deployment or {}).get("spec") or {}
        found = spec.get("replicas")
        return 1 if found is None else int(found)

    @property
    def restarts_revision(self) -> bool:
        """Whether its newest pods are to take the place of others of the same revision."""
        annotations = self._template.get("annotations") or {}
        return str(annotations.get(RESTARTED) or "").partition("@")[0] == str(self.revision)

    @property
    def is_observed(self) -> bool:
        """Whether the controller has seen what was asked for last."""
        deployment = self.deployment or {}
        seen = (deployment.get("status") or {}).get("observedGeneration") or 0
        return int(seen) >= int((deployment.get("metadata") or {}).get("generation") or 0)

    def count(self, name: str) -> int:
        """A number of the deployment's status."""
        return int(((self.deployment or {}).get("status") or {}).get(name) or 0)

    def condition(self, kind: str) -> Mapping[str, Any]:
        """A condition of the deployment; empty where it has none of that type."""
        found = ((self.deployment or {}).get("status") or {}).get("conditions") or ()
        return next((each for each in found if each["type"] == kind), {})

    @property
    def _template(self) -> Mapping[str, Any]:
        spec = (self.deployment or {}).get("spec") or {}
        found: Mapping[str, Any] = (spec.get("template") or {}).get("metadata") or {}
        return found

    @property
    def _template_labels(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._template.get("labels") or {}
        return found


def by_service(listed: Mapping[str, Sequence[Manifest]]) -> dict[str, SeenService]:
    """From lists of Deployments, Pods, Services and Events to the services they belong to."""
    deployments = {_service_of(each): each for each in listed.get("Deployment", ())}
    addresses = {_service_of(each): each for each in listed.get("Service", ())}
    pods: dict[str, list[SeenPod]] = {}
    for each in listed.get("Pod", ()):
        pods.setdefault(_service_of(each), []).append(SeenPod.read(each))
    happened = sorted(listed.get("Event", ()), key=_last_time)
    events = [SeenEvent.read(each) for each in happened]
    found = {}
    for name in {*deployments, *pods}:
        own = pods.get(name, [])
        about = {each.name for each in own}
        found[name] = SeenService(
            deployments.get(name),
            sorted(own, key=lambda pod: pod.name),
            addresses.get(name),
            [event for event in events if event.about in about],
        )
    return found


def moment(text: object) -> datetime | None:
    """A time as the cluster writes it."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def now() -> datetime:
    """The time that those of the cluster are compared with."""
    return datetime.now(UTC)


def _service_of(data: Manifest) -> str:
    return str((data["metadata"].get("labels") or {}).get(INSTANCE) or "")


def _last_time(event: Manifest) -> str:
    last = event.get("lastTimestamp") or event.get("eventTime")
    return str(last or event["metadata"].get("creationTimestamp") or "")


def _leaving(meta: Mapping[str, Any]) -> datetime | None:
    """When it was told to end: the cluster notes when it is to have ended."""
    by = moment(meta.get("deletionTimestamp"))
    if by is None:
        return None
    return by - timedelta(seconds=int(meta.get("deletionGracePeriodSeconds") or 0))


def _memory_limit(data: Manifest) -> str:
    containers: Sequence[Manifest] = (data.get("spec") or {}).get("containers") or ({},)
    limits = (containers[0].get("resources") or {}).get("limits") or {}
    return str(limits.get("memory") or "")
