"""The objects of a service, as a cluster's owner would write them: data, and nothing sent."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from brygga.images.dockerfile import APP, ENVIRONMENT, PORT
from brygga.targets.kubernetes.names import ADDRESS, DESCRIPTION, IMAGE, TAGS, selector
from brygga.targets.kubernetes.pods import (
    CONTROL,
    KEYS,
    METRICS,
    RUN,
    SCORING,
    SECRETS,
    pod_spec,
)
from brygga.targets.kubernetes.rendering import Manifest, Rendering
from brygga.targets.serving import serving_settings

_HISTORY = 2
_SPARE_S = 120
_REST_S = 0.2
"""After the wait no new connection comes; who rests on an old one is told by its end."""
_SERVICE_TYPES = {"node-port": "NodePort", "load-balancer": "LoadBalancer"}


def manifests(of: Rendering) -> list[Manifest]:
    """All that is written down of a revision; the secrets are only named in it.

    In an order in which nothing names what is not there yet.
    """
    found = [service_account(of), configuration(of), service(of), network_policy(of)]
    found += [disruption_budget(of), deployment(of)]
    if of.spec.autoscale_max is not None:
        found.append(autoscaler(of))
    return [*found, ingress(of)] if of.declared.expose == "ingress" else found


def secret_manifests(of: Rendering, docker_config: str = "") -> Iterator[Manifest]:
    """What is sent beside it, and never written down: hashes of keys, and secrets.

    Args:
        docker_config: With the credentials of the registry; empty where it asks for none.
    """
    if of.spec.auth:
        content = {"keys.json": keys_content(of.workload.key_hashes)}
        yield _secret(of.metadata(of.names.keys), content)
    if of.spec.secrets:
        yield _secret(of.own_metadata(of.names.secrets), dict(of.workload.secret_values))
    if of.pull_secret:
        yield _secret(
            of.metadata(of.names.pull),
            {".dockerconfigjson": docker_config},
            kind="kubernetes.io/dockerconfigjson",
        )


def keys_content(key_hashes: Mapping[str, str]) -> str:
    """The file that the server reads its keys from."""
    return json.dumps({"version": 1, "keys": dict(key_hashes)}, sort_keys=True)


def service_account(of: Rendering) -> Manifest:
    """An account that may do nothing, and whose token no pod is given."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": of.metadata(),
        "automountServiceAccountToken": False,
    }


def configuration(of: Rendering) -> Manifest:
    """What the server is told. A pod of an older revision goes on with that of its own."""
    settings = serving_settings(of.workload, None) | {
        "app_root": APP,
        "python": f"{ENVIRONMENT}/bin/python",
        "host": "0.0.0.0",  # noqa: S104 - within the pod, where the probes come from outside
        "port": PORT,
        "control_socket": CONTROL,
        "status_file": f"{RUN}/status.json",
        "grace_s": of.drain_s,
        "rest_grace_s": _REST_S,
    }
    if of.prefix:
        settings["path_prefix"] = of.prefix
    if of.spec.auth:
        settings["keys_file"] = f"{KEYS}/keys.json"
    if of.spec.secrets:
        settings["secrets_dir"] = SECRETS
    text = json.dumps({"version": 1, "settings": settings}, indent=2, sort_keys=True)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": of.own_metadata(of.names.configuration),
        "immutable": True,
        "data": {"serve.json": f"{text}\n"},
    }


def deployment(of: Rendering) -> Manifest:
    """The pods of the newest revision; those of the one before serve until they are ready."""
    workload = of.workload
    said = {IMAGE: of.image}
    if workload.description:
        said[DESCRIPTION] = workload.description
    if workload.tags:
        said[TAGS] = json.dumps(dict(workload.tags), sort_keys=True)
    if of.address:
        said[ADDRESS] = of.address
    metadata = of.metadata(**said)
    # Where an autoscaler chooses their number, it is not ours to say.
    number = {"replicas": of.spec.num_replicas} if of.spec.autoscale_max is None else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**metadata, "labels": dict(of.pod_labels)},
        "spec": {
            **number,
            "revisionHistoryLimit": _HISTORY,
            "progressDeadlineSeconds": int(of.spec.init_timeout_s) + _SPARE_S,
            "selector": {"matchLabels": selector(of.service)},
            "strategy": _strategy(of),
            "template": {"metadata": {"labels": dict(of.pod_labels)}, "spec": pod_spec(of)},
        },
    }


def makes_way(of: Rendering) -> bool:
    """Whether an update ends the old pod first: a second one would wait for its GPU."""
    alone = of.spec.num_replicas == 1 and of.spec.autoscale_max in (None, 1)
    return bool(of.spec.gpus) and alone


def service(of: Rendering) -> Manifest:
    """One address for all pods that are ready."""
    ports: list[dict[str, Any]] = [
        {"name": "http", "port": 80, "targetPort": SCORING, "protocol": "TCP"}
    ]
    if of.spec.metrics_port:
        port = of.spec.metrics_port
        ports.append({"name": METRICS, "port": port, "targetPort": METRICS, "protocol": "TCP"})
    spec: dict[str, Any] = {
        "type": _SERVICE_TYPES.get(of.declared.expose, "ClusterIP"),
        "selector": selector(of.service),
        "ports": ports,
    }
    if of.declared.expose == "node-port" and of.spec.port:
        ports[0]["nodePort"] = of.spec.port
    return {"apiVersion": "v1", "kind": "Service", "metadata": of.metadata(), "spec": spec}


def network_policy(of: Rendering) -> Manifest:
    """Nothing gets in but to the ports that are served."""
    ports: list[dict[str, Any]] = [{"protocol": "TCP", "port": PORT}]
    if of.spec.metrics_port:
        ports.append({"protocol": "TCP", "port": of.spec.metrics_port})
    rule: dict[str, Any] = {"ports": ports}
    if of.declared.expose not in _SERVICE_TYPES:
        # Every namespace, so that an ingress is let in wherever it runs.
        rule["from"] = [{"namespaceSelector": {}}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": of.metadata(),
        "spec": {
            "podSelector": {"matchLabels": selector(of.service)},
            "policyTypes": ["Ingress"],
            "ingress": [rule],
        },
    }


def disruption_budget(of: Rendering) -> Manifest:
    """Nodes that are drained take one pod at a time; one that serves nothing bars nobody."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": of.metadata(),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(of.service)},
        },
    }


def autoscaler(of: Rendering) -> Manifest:
    """Chooses the number of pods by the cores that they use."""
    target = {"type": "Utilization", "averageUtilization": of.spec.autoscale_cpu}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": of.metadata(),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of.service},
            "minReplicas": of.spec.autoscale_min,
            "maxReplicas": of.spec.autoscale_max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def ingress(of: Rendering) -> Manifest:
    """From a host name and a path to the service."""
    host, target = of.declared.host_of(of.service), of.declared
    backend = {"service": {"name": of.service, "port": {"name": "http"}}}
    path = {"path": of.prefix or "/", "pathType": "Prefix", "backend": backend}
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if target.ingress_class:
        spec["ingressClassName"] = target.ingress_class
    if target.tls_secret:
        spec["tls"] = [{"hosts": [host], "secretName": target.tls_secret}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": of.metadata(),
        "spec": spec,
    }


def _strategy(of: Rendering) -> dict[str, Any]:
    one = {"maxSurge": 0, "maxUnavailable": 1}
    rolling = one if makes_way(of) else {"maxSurge": "25%", "maxUnavailable": 0}
    return {"type": "RollingUpdate", "rollingUpdate": rolling}


def _secret(metadata: Manifest, content: dict[str, str], kind: str = "Opaque") -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": kind,
        "data": {name: b64encode(text.encode()).decode() for name, text in content.items()},
    }
