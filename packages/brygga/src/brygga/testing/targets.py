"""A target that runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from brygga.findings import Diagnosis
from brygga.operations import Phase, Progress
from brygga.spec import RESTART_POLICIES, ServiceSpec, Workload
from brygga.store.rows import Whereabouts
from brygga.targets.base import Elsewhere, Target, WorkloadState, WorkloadStatus
from brygga.targets.capabilities import Capabilities

EVERYTHING = Capabilities(
    on_host=False,
    images=True,
    most_replicas=1000,
    autoscaling=True,
    gpus=True,
    tls=True,
    restart_policies=RESTART_POLICIES,
    traffic_shares=True,
)


@dataclass
class FakeTarget(Target):
    """Keeps what it is told in memory and answers as if it ran it.

    Attributes:
        capabilities: What it is to be able to; everything, unless it is told otherwise.
        statuses: What `status` answers, by service; `apply` sets READY, tests may set anything.
        refuse: Raised by the next `apply`, if set.
        looks: How often it was asked for the status of a service.
        key_hashes: What each service accepts.
        reconciled: Services that were to be cleared up, in the order of the calls.
        told: What fronts answer, by service and what is asked of them.
        out_of_reach: Services that are not here, and where.
    """

    kind = "fake"
    capabilities: Capabilities = EVERYTHING

    statuses: dict[str, WorkloadStatus] = field(default_factory=dict)
    applied: list[Workload] = field(default_factory=list)
    key_hashes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    refuse: BaseException | None = None
    looks: int = 0
    reconciled: list[str] = field(default_factory=list)
    told: dict[tuple[str, str], list[Mapping[str, object]]] = field(default_factory=dict)
    out_of_reach: dict[str, Elsewhere] = field(default_factory=dict)

    def elsewhere(self, service: str, place: Whereabouts | None) -> Elsewhere | None:
        """What was set, wherever its row says that it is."""
        del place
        return self.out_of_reach.get(service)

    def validate(self, spec: ServiceSpec) -> None:
        """Takes everything."""

    def apply(self, workload: Workload, progress: Progress) -> None:
        """Is ready at once, unless it was told to refuse."""
        if self.refuse is not None:
            raise self.refuse
        progress.phase(Phase.STARTING, "Applying")
        name = workload.spec.name
        self.applied.append(workload)
        self.key_hashes[name] = workload.key_hashes
        self.statuses[name] = WorkloadStatus(
            WorkloadState.READY, workload.revision, url="http://127.0.0.1:9"
        )

    def fail(self, service: str, diagnosis: Diagnosis) -> None:
        """Lets a service look as if its revision had failed."""
        revision = self.statuses[service].revision
        self.statuses[service] = WorkloadStatus(WorkloadState.FAILED, revision, diagnosis=diagnosis)

    def status(self, service: str) -> WorkloadStatus:
        """What was last set."""
        self.looks += 1
        return self.statuses.get(service, WorkloadStatus(WorkloadState.ABSENT))

    def reconcile(self, service: str) -> None:
        """Remembers that it was asked to."""
        self.reconciled.append(service)

    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """One line for each workload that was applied."""
        del follow
        found = [f"revision {w.revision}" for w in self.applied if w.spec.name == service]
        return iter(found if lines is None else found[max(0, len(found) - lines) :])

    def answers(
        self, service: str, question: Mapping[str, object]
    ) -> Iterator[Mapping[str, object]]:
        """What was set."""
        return iter(self.told.get((service, str(question["op"])), []))

    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Remembers them."""
        self.key_hashes[service] = key_hashes

    def restart(self, service: str, progress: Progress) -> None:
        """Is ready again."""
        progress.phase(Phase.STARTING, "Restarting")
        revision = self.statuses[service].revision
        self.statuses[service] = WorkloadStatus(
            WorkloadState.READY, revision, url="http://127.0.0.1:9"
        )

    def delete(self, service: str) -> None:
        """Forgets it."""
        self.statuses.pop(service, None)
        self.key_hashes.pop(service, None)
