"""The objects of a service, against the schemas of the oldest and the newest Kubernetes."""

from __future__ import annotations

import functools
import itertools
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml
from support.workloads import workload

from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.manifests import makes_way, manifests, secret_manifests
from brygga.targets.kubernetes.rendering import Manifest, Rendering

IMAGE = f"registry.example.com/brygga/digits@sha256:{'e' * 64}"
VERSIONS = ("1.30", "1.31", "1.32", "1.35", "1.36", "1.37")

EXPOSED: tuple[dict[str, Any], ...] = (
    {},
    {"expose": "node-port", "host": "10.0.0.1"},
    {"expose": "load-balancer"},
    {"expose": "ingress", "host": "{service}.example.com"},
    {
        "expose": "ingress",
        "host": "models.example.com",
        "path": "/{service}",
        "ingress_class": "traefik",
        "tls_secret": "models",
    },
)
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"auth": False, "secrets": ("TOKEN",), "num_replicas": 3},
    {"gpus": 1, "memory_gb": 0.75, "cpu_cores": 0.25, "profile": "v1"},
    {"metrics_port": 9100, "path_prefix": "a/b", "init_timeout_s": 720.0, "num_replicas": 2},
    {"autoscale_max": 5, "autoscale_min": 2, "autoscale_cpu": 60},
    {"scoring_timeout_ms": 0, "secrets": ("A", "B"), "environment_variables": {"X": "1"}},
)


def rendering(*, pull_secret: bool = False, exposed: Any = None, **options: Any) -> Rendering:
    declared = DeclaredTarget(name="prod", registry="registry.example.com", **(exposed or {}))
    return Rendering(workload(**options), declared, "default", IMAGE, pull_secret)


def by_kind(found: list[Manifest]) -> dict[str, Manifest]:
    return {each["kind"]: each for each in found}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("exposed", EXPOSED)
def test_as_yaml_nothing_points_to_anything_else(
    options: dict[str, Any], exposed: dict[str, Any]
) -> None:
    """People read it, and tools that edit it know no anchors."""
    found = manifests(rendering(exposed=exposed, **options))

    for each in found:
        events = [*yaml.parse(yaml.safe_dump(each))]
        assert [event for event in events if isinstance(event, yaml.AliasEvent)] == []


def pod(of: Rendering) -> dict[str, Any]:
    found: dict[str, Any] = by_kind(manifests(of))["Deployment"]["spec"]["template"]["spec"]
    return found


def grid() -> Iterator[tuple[dict[str, Any], dict[str, Any], bool]]:
    for exposed, options in itertools.product(EXPOSED, OPTIONS):
        yield exposed, options, bool(options.get("secrets"))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_what_the_cluster_takes(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strictly: a field that the schema does not have is an error."""
    schemas = kubernetes_validate.utils
    # It would read the same megabytes anew for every object.
    monkeypatch.setattr(schemas, "schema_contents", functools.cache(schemas.schema_contents))
    seen = set()
    for exposed, options, pull in grid():
        of = rendering(exposed=exposed, pull_secret=pull, **options)
        for each in (*manifests(of), *secret_manifests(of, "{}")):
            text = json.dumps(each, sort_keys=True)
            if text not in seen:
                kubernetes_validate.validate(each, version, strict=True)
            seen.add(text)
    assert len(seen) > 40


def test_pods_satisfy_the_restricted_standard() -> None:
    for exposed, options, _ in grid():
        spec = pod(rendering(exposed=exposed, **options))
        container = spec["containers"][0]

        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        assert {kind for each in spec["volumes"] for kind in each if kind != "name"} <= {
            "configMap",
            "emptyDir",
            "secret",
        }
        assert spec["automountServiceAccountToken"] is False
        mounted = {each["name"] for each in container["volumeMounts"]}
        assert mounted == {each["name"] for each in spec["volumes"]}


@pytest.mark.parametrize("timeout_ms", [1, 60_000, 61_500, 600_000, 0])
def test_the_grace_covers_the_wait_the_longest_request_and_five_seconds(timeout_ms: int) -> None:
    of = rendering(scoring_timeout_ms=timeout_ms)
    wait = pod(of)["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest = timeout_ms / 1000 or 86_400
    settings = json.loads(by_kind(manifests(of))["ConfigMap"]["data"]["serve.json"])["settings"]

    assert pod(of)["terminationGracePeriodSeconds"] >= wait + longest + 5
    assert settings["grace_s"] >= longest
    assert pod(of)["terminationGracePeriodSeconds"] >= wait + settings["grace_s"] + 5


def test_an_init_that_takes_its_time_is_waited_for() -> None:
    spec = by_kind(manifests(rendering(init_timeout_s=720.0)))["Deployment"]["spec"]
    probe = spec["template"]["spec"]["containers"][0]["startupProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] >= 720
    assert spec["progressDeadlineSeconds"] > probe["periodSeconds"] * probe["failureThreshold"]


def test_a_gpu_that_is_the_only_one_is_given_up_first() -> None:
    """A second pod would wait for it for ever; of several, one can be spared."""
    one, two = rendering(gpus=1), rendering(gpus=1, num_replicas=2)
    strategies = [
        by_kind(manifests(of))["Deployment"]["spec"]["strategy"]["rollingUpdate"]
        for of in (one, two)
    ]

    assert (makes_way(one), makes_way(two)) == (True, False)
    assert strategies[0] == {"maxSurge": 0, "maxUnavailable": 1}
    assert strategies[1]["maxUnavailable"] == 0
    assert pod(one)["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_no_secret_is_in_what_is_written_down() -> None:
    of = rendering(secrets=("TOKEN",), pull_secret=True)
    text = yaml.safe_dump_all(manifests(of))
    secrets = [*secret_manifests(of, '{"auths": {}}')]

    for hidden in ("value of TOKEN", "c" * 64, "auths"):
        assert hidden not in text
    assert not [each for each in manifests(of) if each["kind"] == "Secret"]
    content = {name: value for each in secrets for name, value in each["data"].items()}
    assert b64decode(content["TOKEN"]) == b"value of TOKEN"
    assert json.loads(b64decode(content["keys.json"]))["keys"]["primary"] == "c" * 64
    named = {each["metadata"]["name"] for each in secrets}
    assert named == {"digits-keys", "digits-r1", "digits-pull"}
    assert pod(of)["imagePullSecrets"] == [{"name": "digits-pull"}]


def test_two_services_share_a_host_by_their_paths() -> None:
    """And the server answers at the path that the ingress gives it."""
    exposed = EXPOSED[4]
    of = rendering(exposed=exposed)
    rule = by_kind(manifests(of))["Ingress"]["spec"]["rules"][0]
    probes = pod(of)["containers"][0]

    assert rule["host"] == "models.example.com"
    assert rule["http"]["paths"][0]["path"] == "/digits"
    assert probes["readinessProbe"]["httpGet"]["path"] == "/digits/ready"
    assert of.address == "https://models.example.com/digits"


def test_from_outside_comes_only_what_is_let_in() -> None:
    """Where no port of a node is open, every namespace of the cluster and nobody else."""
    inside = by_kind(manifests(rendering(metrics_port=9100)))["NetworkPolicy"]["spec"]
    outside = by_kind(manifests(rendering(exposed=EXPOSED[1])))["NetworkPolicy"]["spec"]

    assert inside["policyTypes"] == ["Ingress"]
    assert inside["ingress"] == [
        {
            "from": [{"namespaceSelector": {}}],
            "ports": [{"protocol": "TCP", "port": 5001}, {"protocol": "TCP", "port": 9100}],
        }
    ]
    assert outside["ingress"] == [{"ports": [{"protocol": "TCP", "port": 5001}]}]


def test_the_selector_stays_and_the_rest_tells_revisions_apart() -> None:
    first, second = (by_kind(manifests(rendering(revision=n))) for n in (1, 2))

    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        one, two = (each[kind]["spec"]["selector"] for each in (first, second))
        assert one == two
    names = [each["ConfigMap"]["metadata"]["name"] for each in (first, second)]
    assert names == ["digits-r1", "digits-r2"]
    for found in (first, second):
        labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
        selector = found["Deployment"]["spec"]["selector"]["matchLabels"]
        assert selector.items() <= labels.items()


def test_an_autoscaler_owns_the_number_of_replicas() -> None:
    found = by_kind(manifests(rendering(autoscale_max=5, autoscale_min=2, autoscale_cpu=60)))

    assert "replicas" not in found["Deployment"]["spec"]
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 5)
    assert scaler["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    fixed = by_kind(manifests(rendering(num_replicas=2)))
    assert fixed["Deployment"]["spec"]["replicas"] == 2
    assert "HorizontalPodAutoscaler" not in fixed
