"""The pod of a revision: what it runs, what it may, and how it is asked how it is."""

from __future__ import annotations

import math
from typing import Any

from brygga.images.dockerfile import PORT, SERVER
from brygga.targets.kubernetes.names import INSTANCE, selector
from brygga.targets.kubernetes.rendering import PRE_STOP_S, Rendering

CONFIG = "/etc/brygga/config"
KEYS = "/etc/brygga/keys"
SECRETS = "/etc/brygga/secrets"
TLS = "/etc/brygga/tls"
RUN = "/run/brygga"
CONTROL = f"{RUN}/control.sock"
CONTAINER = "service"
SCORING = "scoring"
"""The port of a pod, by name."""
METRICS = "metrics"

_USER = 10001
_READ_BY_GROUP = 0o440
_SPARE_S = 60
"""What a pod gets beyond the time of init(), to be started in."""


def pod_spec(of: Rendering) -> dict[str, Any]:
    """Everything of the pod but its labels; it satisfies the restricted Pod Security Standard."""
    found: dict[str, Any] = {
        "serviceAccountName": of.service,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": of.grace_s,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(of)],
        "volumes": [*_volumes(of)],
    }
    if max(of.spec.num_replicas, of.spec.autoscale_max or 0) > 1:
        found["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {INSTANCE: selector(of.service)[INSTANCE]}},
            }
        ]
    if of.pull_secret:
        found["imagePullSecrets"] = [{"name": of.names.pull}]
    return found


def _container(of: Rendering) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": of.image,
        "imagePullPolicy": "IfNotPresent",
        "command": [f"{SERVER}/bin/python", "-I", "-m", "brygga_server.pod_process"],
        "args": [f"{CONFIG}/serve.json"],
        "ports": _ports(of),
        "resources": _resources(of),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **_probes(of),
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP_S}}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - within the pod
            {"name": "run", "mountPath": RUN},
            {"name": "config", "mountPath": CONFIG, "readOnly": True},
            *(
                {"name": name, "mountPath": place, "readOnly": True}
                for name, place in (("keys", KEYS), ("secrets", SECRETS))
                if _has(of, name)
            ),
        ],
    }


def _ports(of: Rendering) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"name": SCORING, "containerPort": PORT, "protocol": "TCP"}]
    if of.spec.metrics_port:
        port = of.spec.metrics_port
        found.append({"name": METRICS, "containerPort": port, "protocol": "TCP"})
    return found


def _resources(of: Rendering) -> dict[str, Any]:
    amounts: dict[str, Any] = {
        "cpu": f"{max(1, round(of.spec.cpu_cores * 1000))}m",
        "memory": f"{max(1, round(of.spec.memory_gb * 1024))}Mi",
    }
    if of.spec.gpus:
        amounts["nvidia.com/gpu"] = str(of.spec.gpus)
    return {"requests": dict(amounts), "limits": amounts}


def _probes(of: Rendering) -> dict[str, Any]:
    """Until init() has returned, the startup probe alone is asked."""
    healthy, ready = f"{of.served_prefix}/", f"{of.served_prefix}/ready"
    budget = math.ceil(of.spec.init_timeout_s) + _SPARE_S
    return {
        "startupProbe": _probe(ready, every=1, fails=budget),
        "readinessProbe": _probe(ready, every=5, fails=3),
        "livenessProbe": _probe(healthy, every=10, fails=6),
    }


def _probe(path: str, *, every: int, fails: int) -> dict[str, Any]:
    """One with dicts of its own: YAML would write what two of them share as an anchor."""
    return {
        "httpGet": {"path": path, "port": SCORING, "scheme": "HTTP"},
        "periodSeconds": every,
        "timeoutSeconds": 5,
        "successThreshold": 1,
        "failureThreshold": fails,
    }


def _volumes(of: Rendering) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": "tmp", "emptyDir": {}},
        {"name": "run", "emptyDir": {}},
        {"name": "config", "configMap": {"name": of.names.configuration}},
    ]
    for name, secret in (("keys", of.names.keys), ("secrets", of.names.secrets)):
        if _has(of, name):
            content = {"secretName": secret, "defaultMode": _READ_BY_GROUP}
            found.append({"name": name, "secret": content})
    return found


def _has(of: Rendering, volume: str) -> bool:
    return of.spec.auth if volume == "keys" else bool(of.spec.secrets)
