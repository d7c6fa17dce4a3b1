"""Services in a namespace of a Kubernetes cluster."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError, StoreError
from brygga.findings import CheckResult
from brygga.hints import Action, Argument, Hint, Verb
from brygga.operations import Phase, Progress
from brygga.spec import ServiceSpec, Workload
from brygga.targets.base import Drift, ForwardedPort, Target, WorkloadState, WorkloadStatus
from brygga.targets.capabilities import CLUSTER
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes import checking, inside, logs
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.drift import drift_of
from brygga.targets.kubernetes.forwarding import forward
from brygga.targets.kubernetes.kubeconfig import find_access, is_to_be_found
from brygga.targets.kubernetes.limits import Largest, check_limits, check_options
from brygga.targets.kubernetes.manifests import keys_content, makes_way, manifests, secret_manifests
from brygga.targets.kubernetes.names import (
    IMAGE,
    KEYS_CHANGED,
    MANAGED_BY,
    MANAGER,
    RESTARTED,
    REVISION,
    WORKSPACE,
    ObjectNames,
    label_value,
    selecting,
)
from brygga.targets.kubernetes.refusals import ClusterError
from brygga.targets.kubernetes.rendering import Manifest, Rendering
from brygga.targets.kubernetes.resources import OWNED
from brygga.targets.kubernetes.role import role
from brygga.targets.kubernetes.seen import SeenPod, SeenService, by_service, now
from brygga.targets.kubernetes.status import read_status, step_of, unreachable
from brygga.targets.publishing import Publish

_GONE_S = 60.0
_PER_REVISION = ("ConfigMap", "Secret")


class KubernetesTarget(Target):
    """Runs each service as a Deployment and what belongs to it.

    What it must remember is in the cluster: nothing of a service belongs to the machine that
    deployed it.
    """

    capabilities = CLUSTER

    def __init__(self, declared: DeclaredTarget, *, workspace: str, publish: Publish) -> None:
        """Nothing is asked yet.

        Args:
            workspace: Its name, for labels.
            publish: Puts images into the registry.
        """
        self.kind = declared.name
        self._declared = declared
        self._workspace = workspace
        self._publish = publish
        self._api = ClusterApi(declared.kubeconfig, declared.context, declared.namespace)

    def require_reachable(self) -> None:
        """Looks at the kubeconfig; a machine may be one without any."""
        if is_to_be_found(self._declared.kubeconfig, self._declared.context):
            find_access(self._declared.kubeconfig, self._declared.context)

    def validate(self, spec: ServiceSpec) -> None:
        """Checks the options, and the limits against the largest node where nodes can be seen."""
        check_options(spec, self._declared)
        check_limits(spec, Largest.of(self._nodes()))
        self._require_own(spec.name)

    def apply(self, workload: Workload, progress: Progress) -> None:
        """Pushes the image, then applies the objects; the cluster does the rest."""
        image = self._publish(workload.bundle, self._declared, progress)
        pulled = image.docker_config
        of = Rendering(
            workload, self._declared, self._workspace, image.reference, pull_secret=bool(pulled)
        )
        progress.phase(Phase.STARTING, f"Applying revision {workload.revision}")
        self._leave_number(of)
        for each in (*secret_manifests(of, pulled), *manifests(of)):
            self._api.apply(each)
        if makes_way(of):
            progress.remark("Its only GPU is given up first: it does not serve during an update.")
        self._remove_others(of)

    def manifest(self, workload: Workload, image: str | None) -> Sequence[Mapping[str, Any]]:
        """What `apply` sends, less the secrets; of the image that is deployed, or of another."""
        service = workload.spec.name
        found = None if image else self._api.find("Deployment", service)
        known = ((found or {}).get("metadata") or {}).get("annotations") or {}
        image = image or known.get(IMAGE)
        if not image:
            raise InvalidInputError(
                f"{service} has no image in a registry that is known here.",
                code=ErrorCode.IMAGE_NOT_FOUND,
                hint=Hint.of(
                    "Deploy it to this target first, or name the image that image push gave: {}",
                    Argument(Verb.DEPLOY, "image", "REF"),
                ),
            )
        pulls = found is not None and bool(
            self._api.find("Secret", ObjectNames(service, workload.revision).pull)
        )
        of = Rendering(workload, self._declared, self._workspace, image, pull_secret=pulls)
        return manifests(of)

    def drift(self, workload: Workload) -> Iterator[Drift]:
        """Asks the server what it would change, without letting it."""
        for each in self.manifest(workload, None):
            live = self._api.find(each["kind"], each["metadata"]["name"])
            wanted = self._api.apply(dict(each), dry_run=True)
            yield from drift_of(live, wanted)

    def forward(self, service: str, port: int) -> ForwardedPort:
        """Through the API server to a pod that is ready, whatever the network lets in."""
        seen = self._existing(service)
        made = forward(
            self._api, lambda: [pod.name for pod in self._pods(service) if pod.serves], port
        )
        known = read_status(seen, self._declared, service, now()).url or ""
        # What the ingress routes by is a part of the paths of its pods.
        return replace(made, url=made.url + urlsplit(known).path)

    def status(self, service: str) -> WorkloadStatus:
        """Asks the cluster, and the pods what they have answered."""
        return self.status_of_all([service])[service]

    def status_of_all(self, services: Collection[str]) -> Mapping[str, WorkloadStatus]:
        """One list of each kind, however many services there are."""
        one = next(iter(services)) if len(services) == 1 else None
        try:
            found = self._look(one)
        except (ClusterError, InvalidInputError) as error:
            return {name: unreachable(error.message) for name in services}
        statuses = {
            name: read_status(found.get(name), self._declared, name, now()) for name in services
        }
        if one is not None:
            seen = found.get(one)
            statuses[one] = self._with_answers(seen, statuses[one])
        return statuses

    def reconcile(self, service: str) -> None:
        """Removes the configuration of revisions that no pod has any more."""
        try:
            seen = self._look(service).get(service)
            if seen is not None and seen.deployment is not None:
                self._prune(service, {seen.revision, *(pod.revision for pod in seen.pods)})
        except ClusterError:
            return  # another time

    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """Of all pods there are, also of containers that have died."""
        if not follow:
            return iter(logs.read(self._api, self._pods(service), lines))
        return logs.follow(
            self._api, lambda: self._pods(service), lines, lambda: not self._pods(service)
        )

    def answers(
        self, service: str, question: Mapping[str, object]
    ) -> Iterator[Mapping[str, object]]:
        """See `Target`; each pod that runs is asked from within."""
        try:
            pods = [pod.name for pod in self._pods(service) if pod.phase == "Running"]
        except ClusterError:
            return iter(())
        return inside.ask_all(self._api, pods, question)

    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Changes the Secret, and has every pod read it as soon as its node has brought it."""
        names, content = ObjectNames(service, 0), keys_content(key_hashes)
        if not key_hashes or self._api.find("Secret", names.keys) is None:
            return  # it asks for none
        encoded = b64encode(content.encode()).decode()
        self._api.merge("Secret", names.keys, {"data": {"keys.json": encoded}})
        pods = [pod.name for pod in self._pods(service) if pod.ready]
        # Any change of a pod has its node look at its secrets at once.
        told = {"metadata": {"annotations": {KEYS_CHANGED: str(time.time_ns())}}}
        for pod in pods:
            self._api.merge("Pod", pod, told)
        late = set(inside.take_keys(self._api, pods, content))
        late &= {pod.name for pod in self._pods(service)}
        if late:
            raise StoreError(
                f"{', '.join(sorted(late))} did not take the keys.",
                code=ErrorCode.SERVICE_CHANGE_REFUSED,
                hint=Hint.of("They take them with {}.", Action(Verb.RESTART, {"name": service})),
            )

    def restart(self, service: str, progress: Progress) -> None:
        """Replaces the pods by new ones of the same revision; no request is lost over it."""
        seen = self._existing(service)
        progress.phase(Phase.STARTING, "Starting new pods")
        annotations = {RESTARTED: f"{seen.revision}@{time.time_ns()}"}
        template = {"template": {"metadata": {"annotations": annotations}}}
        self._api.merge("Deployment", service, {"spec": template})

    def delete(self, service: str) -> None:
        """Removes every object of it, and waits until its pods have ended."""
        for kind in OWNED:
            for each in self._api.list(kind, labels=self._selecting(service)):
                self._api.delete(kind, str(each["metadata"]["name"]))
        inside.poll_until(lambda: not self._pods(service), _GONE_S)

    def check(self) -> Iterator[CheckResult]:
        """What a deployment would meet."""
        return checking.check(self._api, self._declared)

    def role(self, *, nodes: bool) -> Sequence[Mapping[str, Any]]:
        """The rights that it needs, as a Role."""
        return role(self._declared.namespace, nodes=nodes)

    def _look(self, service: str | None) -> dict[str, SeenService]:
        labels = self._selecting(service)
        listed = {k: self._api.list(k, labels=labels) for k in ("Deployment", "Pod", "Service")}
        if any(not _is_well(pod) for pod in listed["Pod"]):
            fields = "involvedObject.kind=Pod,type!=Normal"
            listed["Event"] = self._api.list("Event", fields=fields)
        return by_service(listed)

    def _with_answers(self, seen: SeenService | None, status: WorkloadStatus) -> WorkloadStatus:
        """With what its pods say of their traffic, and how far it has got."""
        if seen is None:
            return status
        details = {**status.details, "step": step_of(seen, status)}
        ready = [pod.name for pod in seen.pods if pod.ready]
        told = [*inside.ask_all(self._api, ready, {"op": "status"})] if ready else []
        if told and status.state is WorkloadState.READY:
            details |= _sums(told)
        return replace(status, details=details)

    def _pods(self, service: str) -> list[SeenPod]:
        labels = self._selecting(service)
        return [SeenPod.read(each) for each in self._api.list("Pod", labels=labels)]

    def _existing(self, service: str) -> SeenService:
        seen = self._look(service).get(service)
        if seen is None or seen.deployment is None:
            raise NotFoundError("service in the cluster", service)
        return seen

    def _require_own(self, service: str) -> None:
        """Refuses to take over what somebody else has made under that name."""
        found = self._api.find("Deployment", service)
        if found is None:
            return
        labels = found["metadata"].get("labels") or {}
        owner = labels.get(WORKSPACE)
        if labels.get(MANAGED_BY) == MANAGER and owner == label_value(self._workspace):
            return
        whose = f"the workspace {owner!r}" if owner else "somebody else"
        raise InvalidInputError(
            f"The namespace {self._declared.namespace!r} has a Deployment {service!r} of {whose}.",
            code=ErrorCode.SERVICE_EXISTS,
            hint="Deploy under another name, or to another namespace.",
        )

    def _selecting(self, service: str | None) -> str:
        return selecting(service, self._workspace)

    def _nodes(self) -> list[Manifest]:
        """All nodes; none where they may not be looked at."""
        try:
            return self._api.list("Node")
        except ClusterError as error:
            if error.status == 403:
                return []
            raise

    def _leave_number(self, of: Rendering) -> None:
        """Gives the number of replicas away to an autoscaler.

        A field that nobody owns any more would fall back to its default, which is one.
        """
        found = self._api.find("Deployment", of.service) if of.spec.autoscale_max else None
        if found is not None:
            number = {"spec": {"replicas": found["spec"].get("replicas", 1)}}
            self._api.merge("Deployment", of.service, number, manager=f"{MANAGER}-autoscaler")

    def _remove_others(self, of: Rendering) -> None:
        """What the revision before had and this one has not."""
        wanted = {each["kind"] for each in manifests(of)}
        for kind in ("Ingress", "HorizontalPodAutoscaler"):
            if kind not in wanted:
                self._remove(kind, of.service)
        if not of.pull_secret:
            self._remove("Secret", of.names.pull)
        if not of.spec.auth:
            self._remove("Secret", of.names.keys)

    def _remove(self, kind: str, name: str) -> None:
        if self._api.find(kind, name) is not None:
            self._api.delete(kind, name)

    def _prune(self, service: str, kept: set[int]) -> None:
        for kind in _PER_REVISION:
            for each in self._api.list(kind, labels=self._selecting(service)):
                number = (each["metadata"].get("labels") or {}).get(REVISION)
                if number is not None and int(number) not in kept:
                    self._api.delete(kind, str(each["metadata"]["name"]))


def _is_well(pod: Manifest) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _sums(told: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Over all pods."""
    traffic = [each["traffic"] for each in told if each.get("traffic")]
    found: dict[str, object] = {
        name: sum(int(each.get(name) or 0) for each in told)
        for name in ("in_flight", "memory_bytes")
    }
    if not traffic:
        return found
    seconds = [each.get("seconds") or {} for each in traffic]
    bounds = seconds[0].get("bounds") or ()
    counts = [each.get("counts") or () for each in seconds]
    return {
        **found,
        "traffic": {
            "requests": sum(int(each["requests"]) for each in traffic),
            "errors": sum(int(each["errors"]) for each in traffic),
            "seconds": {
                "bounds": list(bounds),
                "counts": [sum(each) for each in zip(*counts, strict=False)],
            },
        },
    }
