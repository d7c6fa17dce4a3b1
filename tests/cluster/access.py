"""A namespace with exactly the Role that Brygga prints, and a user who has nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from cluster.certificates import write_kubeconfig
from cluster.commands import run
from cluster.layout import NAMESPACE, Layout

from brygga.targets.kubernetes.role import role

USER = "deployer"
_HOURS = 24


def grant(layout: Layout, namespace: str = NAMESPACE, *, nodes: bool = False) -> Path:
    """The kubeconfig of a user of that namespace, which is made."""
    kubectl = ("kubectl", "--kubeconfig", layout.kubeconfig("admin"))
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": namespace,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": USER, "namespace": namespace},
        },
        *role(namespace, nodes=nodes),
        _binding("RoleBinding", "Role", "brygga", namespace),
    ]
    if nodes:
        objects.append(_binding("ClusterRoleBinding", "ClusterRole", "brygga-nodes", namespace))
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    run(*kubectl, "apply", "-f", "-", text=document)
    lasting = f"--duration={_HOURS}h"
    token = run(*kubectl, "create", "token", USER, "--namespace", namespace, lasting).strip()
    user = USER if namespace == NAMESPACE else f"{USER}-{namespace}"
    return write_kubeconfig(layout, user, token=token, namespace=namespace)


def _binding(kind: str, bound: str, name: str, namespace: str) -> dict[str, object]:
    metadata = {"name": f"{name}-{USER}"}
    if kind == "RoleBinding":
        metadata["namespace"] = namespace
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": bound, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": USER, "namespace": namespace}],
    }
