"""The rights that the target needs in its namespace, as a Role to be applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from brygga.targets.kubernetes.names import MANAGER
from brygga.targets.kubernetes.rendering import Manifest
from brygga.targets.kubernetes.resources import OWNED, RESOURCES


@dataclass(frozen=True)
class Right:
    """One line of a Role: what may be done with what."""

    group: str
    resource: str
    verbs: tuple[str, ...]

    def rule(self) -> dict[str, Any]:
        """As a Role has it."""
        return {
            "apiGroups": [self.group],
            "resources": [self.resource],
            "verbs": list(self.verbs),
        }

    def line(self) -> str:
        """The same as a line that can be pasted below `rules:`."""
        verbs = ", ".join(f'"{verb}"' for verb in self.verbs)
        return (
            f'- {{apiGroups: ["{self.group}"], resources: ["{self.resource}"], verbs: [{verbs}]}}'
        )


_APPLIED = ("get", "list", "create", "patch", "delete")
RIGHTS = (
    *(Right(RESOURCES[kind].group, RESOURCES[kind].plural, _APPLIED) for kind in OWNED),
    Right("", "pods", ("get", "list", "patch")),
    Right("", "pods/log", ("get",)),
    Right("", "pods/exec", ("get", "create")),
    Right("", "pods/portforward", ("get", "create")),
    Right("", "events", ("list",)),
    Right("", "resourcequotas", ("list",)),
)
"""Everything in the namespace; nothing outside it."""


def role(namespace: str, *, nodes: bool) -> list[Manifest]:
    """The Role; with `nodes` the ClusterRole beside it that lets nodes be read.

    Whom they are bound to is the cluster's owner's to say.
    """
    found: list[Manifest] = [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": MANAGER, "namespace": namespace},
            "rules": [right.rule() for right in RIGHTS],
        }
    ]
    if nodes:
        found.append(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": f"{MANAGER}-nodes"},
                "rules": [Right("", "nodes", ("list",)).rule()],
            }
        )
    return found


def reviews(namespace: str) -> Iterator[tuple[Right, str, Manifest]]:
    """A question for each right and verb: whether the caller has it."""
    for right in RIGHTS:
        resource, _, subresource = right.resource.partition("/")
        for verb in right.verbs:
            attributes = {
                "namespace": namespace,
                "group": right.group,
                "resource": resource,
                "subresource": subresource,
                "verb": verb,
            }
            yield (
                right,
                verb,
                {
                    "apiVersion": "authorization.k8s.io/v1",
                    "kind": "SelfSubjectAccessReview",
                    "spec": {"resourceAttributes": attributes},
                },
            )
