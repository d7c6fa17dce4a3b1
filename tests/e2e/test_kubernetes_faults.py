"""What goes wrong on a cluster: each fault provoked, found within seconds, with its own way out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.access import grant
from cluster.layout import LOCKED_REGISTRY, REGISTRY, Layout
from support.front import poll
from support.kubernetes import TestCluster, require_cluster

from brygga import DeploymentError, Environment, InvalidInputError, Workspace
from brygga.errors import BryggaError
from brygga.images.bundle import Bundle
from brygga.operations import Progress
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.role import RIGHTS
from brygga.targets.publishing import PushedImage
from brygga.testing.services import ECHO

pytestmark = pytest.mark.cluster

SPACE = "brygga-faults"
GREEDY = """
def init():
    global kept
    kept = [bytearray(64 << 20) for _ in range(64)]
def run(raw_data):
    return 1
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[TestCluster]:
    found = require_cluster()
    if found.admin is None:
        pytest.skip("somebody else's cluster is not put out of order")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRYGGA_BASE_IMAGE", found.base_image)
        patch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        yield found


@pytest.fixture(scope="module")
def kubeconfig(cluster: TestCluster) -> Iterator[Path]:
    """Of a namespace that may be spoilt."""
    yield grant(Layout(), SPACE)
    kubectl("delete", "namespace", SPACE, "--timeout=60s")


@pytest.fixture
def workspace(
    cluster: TestCluster, kubeconfig: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
    made = Workspace.create("faults", exist_ok=True)
    declare(made, kubeconfig)
    yield made
    declare(made, kubeconfig)
    for service in made.services.list():
        service.delete()
    made.delete()


def declare(workspace: Workspace, kubeconfig: Path, **given: str) -> None:
    settings: dict[str, Any] = {
        "kubeconfig": str(kubeconfig),
        "namespace": SPACE,
        "registry": f"http://{REGISTRY}",
        "expose": "node-port",
        **given,
    }
    workspace.targets.add("prod", replace=True, **settings)


def deploy(workspace: Workspace, folder: Path, text: str = ECHO, **options: Any) -> Any:
    script = folder / "score.py"
    script.write_text(text)
    environment = Environment.from_packages([])
    service = workspace.services.deploy(
        "faulty",
        entry_script=script,
        environment=environment,
        target="prod",
        **{"cpu_cores": 0.4, "memory_gb": 0.5, **options},
    )
    service.wait_for_deployment(timeout_s=60)
    return service


def kubectl(*words: str, text: str | None = None) -> str:
    command = ["kubectl", "--kubeconfig", str(Layout().kubeconfig("admin")), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, input=text).stdout


@pytest.mark.parametrize(
    ("reference", "cause"),
    [
        (f"{REGISTRY}/brygga@sha256:{'0' * 64}", "image_missing"),
        (f"{LOCKED_REGISTRY}/brygga@sha256:{'0' * 64}", "image_denied"),
        (f"10.99.0.1:5999/brygga@sha256:{'0' * 64}", "registry_unreachable"),
    ],
)
def test_the_registry_lacks_it_refuses_or_is_not_there(
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reference: str,
    cause: str,
) -> None:
    def lost(bundle: Bundle, declared: DeclaredTarget, progress: Progress) -> PushedImage:
        return PushedImage(reference)

    monkeypatch.setattr(workspace._wiring.targets["prod"], "_publish", lost)
    with pytest.raises(DeploymentError) as caught:
        deploy(workspace, tmp_path)

    assert caught.value.diagnosis.cause == cause
    assert reference.partition("@")[0] in caught.value.diagnosis.message
    assert workspace.services.get("faulty").state == "Failed"


def test_no_node_has_room(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError) as caught:
        deploy(workspace, tmp_path, memory_gb=900.0)

    assert caught.value.diagnosis.cause == "unschedulable"
    assert "Insufficient memory" in caught.value.diagnosis.message


def test_an_init_that_takes_more_memory_than_it_has(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError) as caught:
        deploy(workspace, tmp_path, GREEDY, memory_gb=0.5)

    diagnosis = caught.value.diagnosis
    assert diagnosis.cause == "out_of_memory"
    assert "memory_gb" in diagnosis.fix


def test_a_quota_that_is_used_up(workspace: Workspace, tmp_path: Path) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": SPACE},
        "spec": {"hard": {"limits.memory": "256Mi", "requests.memory": "256Mi"}},
    }
    kubectl("apply", "-f", "-", text=json.dumps(quota))
    try:
        with pytest.raises(DeploymentError) as caught:
            deploy(workspace, tmp_path)
    finally:
        kubectl("delete", "resourcequota", "small", "-n", SPACE)

    assert caught.value.diagnosis.cause == "quota_exceeded"
    assert "exceeded quota: small" in caught.value.diagnosis.message


def _pods_are_refused() -> bool | None:
    """A policy holds a moment after it was made."""
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe", "namespace": SPACE},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "probe", "image": "none", "securityContext": context}],
        },
    }
    try:
        kubectl("create", "-f", "-", "--dry-run=server", text=json.dumps(pod))
    except subprocess.CalledProcessError as error:
        return "cost centre" in error.stderr or None
    return None


def test_a_policy_that_refuses_its_pods(workspace: Workspace, tmp_path: Path) -> None:
    """As here one that wants what no pod of ours asks for."""
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-pods"},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SPACE}},
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
            },
            "validations": [{"expression": "false", "message": "pods need a cost centre"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-pods"},
        "spec": {"policyName": "no-pods", "validationActions": ["Deny"]},
    }
    both = {"apiVersion": "v1", "kind": "List", "items": [policy, binding]}
    kubectl("apply", "-f", "-", text=json.dumps(both))
    try:
        poll(_pods_are_refused, "the policy holds")
        with pytest.raises(DeploymentError) as caught:
            deploy(workspace, tmp_path)
    finally:
        kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", "no-pods")

    assert caught.value.diagnosis.cause == "policy_refused"
    assert "pods need a cost centre" in caught.value.diagnosis.message


def test_each_missing_right_is_named_by_the_line_that_is_missing(workspace: Workspace) -> None:
    role = json.loads(kubectl("get", "role", "brygga", "-n", SPACE, "-o", "json"))
    rules = role["rules"]
    try:
        for right in RIGHTS:
            for verb in right.verbs:
                less = [right.rule() for right in RIGHTS]
                verbs = [each for each in right.verbs if each != verb]
                less[RIGHTS.index(right)]["verbs"] = verbs
                change = {"rules": [rule for rule in less if rule["verbs"]]}
                patch = ("patch", "role", "brygga", "-n", SPACE, "--type=merge", "-p")
                kubectl(*patch, json.dumps(change))
                found = {each.name: each for each in workspace.targets.check("prod")}["rights"]
                assert found.level == "failure"
                assert found.message.startswith("1 right")
                assert found.finding is not None
                assert replace(right, verbs=(verb,)).line() in found.finding.fix
    finally:
        patch = ("patch", "role", "brygga", "-n", SPACE, "--type=merge", "-p")
        kubectl(*patch, json.dumps({"rules": rules}))


def test_a_right_that_is_missed_in_mid_deployment(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing of a first revision is left."""
    role = json.loads(kubectl("get", "role", "brygga", "-n", SPACE, "-o", "json"))
    less = [rule for rule in role["rules"] if rule["resources"] != ["networkpolicies"]]
    less.append(
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["list"]}
    )
    patch = ("patch", "role", "brygga", "-n", SPACE, "--type=merge", "-p")
    kubectl(*patch, json.dumps({"rules": less}))
    try:
        with pytest.raises(BryggaError) as caught:
            deploy(workspace, tmp_path)
    finally:
        kubectl(*patch, json.dumps({"rules": role["rules"]}))

    assert 'resources: ["networkpolicies"], verbs: ["patch"]' in caught.value.hint
    assert workspace.services.list() == []
    assert "faulty" not in kubectl("get", "cm,svc,sa,deploy", "-n", SPACE)


def test_a_namespace_that_there_is_not(
    cluster: TestCluster, workspace: Workspace, tmp_path: Path
) -> None:
    assert cluster.admin is not None
    declare(workspace, cluster.admin, namespace="nowhere")
    with pytest.raises(BryggaError, match="nowhere") as caught:
        deploy(workspace, tmp_path)

    assert caught.value.code == "namespace.not_found"
    assert "kubectl create namespace nowhere" in caught.value.hint


def test_a_token_that_the_cluster_does_not_know(
    workspace: Workspace, kubeconfig: Path, tmp_path: Path
) -> None:
    data = yaml.safe_load(kubeconfig.read_text())
    data["users"][0]["user"] = {"token": "expired"}
    spoilt = tmp_path / "kubeconfig"
    spoilt.write_text(yaml.safe_dump(data))
    declare(workspace, spoilt)
    with pytest.raises(BryggaError) as caught:
        deploy(workspace, tmp_path)

    assert caught.value.code == "cluster.unauthorized"
    results = {each.name: each for each in workspace.targets.check("prod")}
    assert results["cluster"].level == "failure"


def test_a_cluster_that_does_not_answer_is_said_to_be_that(
    workspace: Workspace, kubeconfig: Path, tmp_path: Path
) -> None:
    """What was deployed there is listed all the same, and may well serve."""
    deploy(workspace, tmp_path)
    data = yaml.safe_load(kubeconfig.read_text())
    data["clusters"][0]["cluster"]["server"] = "https://10.99.0.1:6999"
    away = tmp_path / "kubeconfig"
    away.write_text(yaml.safe_dump(data))
    declare(workspace, away)

    (found,) = workspace.services.snapshots()
    assert found.state == "Unhealthy"
    assert found.error is not None
    assert found.error.cause == "cluster_unreachable"
    with pytest.raises(BryggaError) as caught:
        deploy(workspace, tmp_path, ECHO.replace("1", "2"))
    assert caught.value.code == "cluster.unreachable"


def test_a_name_that_somebody_else_has_is_left_to_him(workspace: Workspace, tmp_path: Path) -> None:
    kubectl("create", "deployment", "faulty", "--image=none", "-n", SPACE, "--replicas=0")
    try:
        with pytest.raises(InvalidInputError, match="somebody else") as caught:
            deploy(workspace, tmp_path)
    finally:
        kubectl("delete", "deployment", "faulty", "-n", SPACE)

    assert caught.value.code == "service.exists"
