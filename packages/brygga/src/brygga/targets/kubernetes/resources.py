"""The kinds of objects that are dealt with, and where the cluster serves them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """A kind of object.

    Attributes:
        group: Empty for the core.
        plural: As it stands in paths and rules.
        namespaced: Whether it lives in a namespace.
    """

    kind: str
    group: str
    version: str
    plural: str
    namespaced: bool = True

    @property
    def root(self) -> str:
        """What its paths begin with."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """Of one object, or of all in a namespace."""
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        parts = (self.root + place, self.plural, name, subresource)
        return "/".join(part for part in parts if part)


RESOURCES = {
    each.kind: each
    for each in (
        Resource("Deployment", "apps", "v1", "deployments"),
        Resource("Pod", "", "v1", "pods"),
        Resource("Service", "", "v1", "services"),
        Resource("Secret", "", "v1", "secrets"),
        Resource("ConfigMap", "", "v1", "configmaps"),
        Resource("ServiceAccount", "", "v1", "serviceaccounts"),
        Resource("Event", "", "v1", "events"),
        Resource("ResourceQuota", "", "v1", "resourcequotas"),
        Resource("Node", "", "v1", "nodes", namespaced=False),
        Resource("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"),
        Resource("Ingress", "networking.k8s.io", "v1", "ingresses"),
        Resource("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets"),
        Resource("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers"),
    )
}

OWNED = (
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Service",
    "PodDisruptionBudget",
    "NetworkPolicy",
    "ConfigMap",
    "Secret",
    "ServiceAccount",
)
"""What a service may consist of, in the order in which it is taken away."""
