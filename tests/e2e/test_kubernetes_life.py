"""A service on a cluster from day to day: applied twice, changed by hand, forwarded, replaced."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml
from support.kubernetes import TestCluster, require_cluster

from brygga import Environment, Service, Workspace
from brygga.operations import progress_of
from brygga.services.workload import make_workload
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.resources import OWNED
from brygga.testing.services import ECHO, wait_until

pytestmark = pytest.mark.cluster

MINE = "app.kubernetes.io/instance=daily"


@pytest.fixture(scope="module")
def cluster() -> Iterator[TestCluster]:
    found = require_cluster()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRYGGA_BASE_IMAGE", found.base_image)
        patch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        yield found


@pytest.fixture
def api(cluster: TestCluster) -> ClusterApi:
    return ClusterApi(str(cluster.kubeconfig), "", cluster.namespace)


@pytest.fixture
def workspace(
    cluster: TestCluster, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
    made = Workspace.create("daily-tests", exist_ok=True)
    made.targets.add(
        "prod",
        replace=True,
        kubeconfig=str(cluster.kubeconfig),
        namespace=cluster.namespace,
        registry=cluster.registry,
        expose="node-port",
        host=cluster.address,
    )
    yield made
    for service in made.services.list():
        service.delete()
    made.delete()


@pytest.fixture
def deploy(workspace: Workspace, tmp_path: Path) -> Callable[..., Service]:
    def deployed(text: str = ECHO, **options: Any) -> Service:
        script = tmp_path / "score.py"
        script.write_text(text)
        service = workspace.services.deploy(
            "daily",
            entry_script=script,
            environment=Environment.from_packages([]),
            target="prod",
            **{"cpu_cores": 0.3, "memory_gb": 0.5, **options},
        )
        service.wait_for_deployment(timeout_s=120)
        return service

    return deployed


def versions(api: ClusterApi) -> list[tuple[str, str, str]]:
    """Of what Brygga writes; the status of a Deployment is the controller's to write."""
    kinds = [kind for kind in OWNED if kind not in ("Deployment", "PodDisruptionBudget")]
    found = [(kind, each) for kind in kinds for each in api.list(kind, labels=MINE)]
    written = [(k, e["metadata"]["name"], e["metadata"]["resourceVersion"]) for k, e in found]
    deployments = [
        ("Deployment", each["metadata"]["name"], str(each["metadata"]["generation"]))
        for each in api.list("Deployment", labels=MINE)
    ]
    return sorted([*written, *deployments])


def test_the_same_applied_twice_writes_nothing(
    deploy: Callable[..., Service], workspace: Workspace, api: ClusterApi
) -> None:
    deploy(secrets={"TOKEN": "hidden"})
    before = versions(api)
    parts = workspace._wiring.services._parts
    revision = parts.store.services.revisions("daily")[-1]

    parts.targets["prod"].apply(make_workload(parts, revision), progress_of(None))

    assert versions(api) == before


def test_the_manifest_is_what_is_there_and_what_somebody_changed_is_shown(
    deploy: Callable[..., Service], api: ClusterApi
) -> None:
    service = deploy(secrets={"TOKEN": "hidden"})
    objects = list(yaml.safe_load_all(service.manifest()))

    assert service.drift() == []
    kinds = {each["kind"] for each in objects}
    assert {"Deployment", "Service", "ConfigMap", "NetworkPolicy"} <= kinds
    assert "Secret" not in kinds
    assert "hidden" not in service.manifest()

    api.merge("Deployment", "daily", {"spec": {"replicas": 2}}, manager="somebody")
    (found,) = service.drift()
    assert (found.what, found.field) == ("Deployment daily", "spec.replicas")
    assert (found.here, found.wanted, found.owner) == ("2", "1", "somebody")


def test_a_port_of_this_machine_leads_to_the_pods(deploy: Callable[..., Service]) -> None:
    service = deploy(auth=False)

    with service.forward() as forwarded:
        url = f"{forwarded.url}/score"
        answers = [urllib3.request("POST", url, body=b'{"data": 1}') for _ in range(3)]
        large = json.dumps({"data": "x" * 300_000}).encode()
        echoed = urllib3.request("POST", url, body=large)

    assert [each.status for each in answers] == [200, 200, 200]
    assert len(echoed.data) > 300_000
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("POST", url, body=b"1", retries=False, timeout=2)


class Caller:
    """Asks all the time, over a connection that is kept and over new ones."""

    def __init__(self, url: str) -> None:
        self.answers: Counter[object] = Counter()
        self._over = threading.Event()
        self._url = url
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(4)]

    def __enter__(self) -> Caller:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _call(self, number: int) -> None:
        pool = urllib3.PoolManager()
        headers = {"Connection": "close"} if number % 2 else {}
        while not self._over.wait(0.01):
            try:
                response = pool.request(
                    "POST", self._url, body=b"1", headers=headers, retries=False, timeout=10
                )
                self.answers[response.status] += 1
            except urllib3.exceptions.HTTPError as error:
                self.answers[type(error).__name__] += 1


def test_updates_restarts_and_scaling_lose_no_request(deploy: Callable[..., Service]) -> None:
    service = deploy(auth=False, num_replicas=3)
    with Caller(str(service.scoring_uri)) as caller:
        wait_until(lambda: caller.answers[200] > 20)
        deploy(ECHO.replace('"version": 1', '"version": 2'), num_replicas=3)
        service.restart()
        service.wait_for_deployment(timeout_s=120)
        for number in (1, 3):
            service.reconfigure(num_replicas=number)
            service.wait_for_deployment(timeout_s=120)

    assert set(caller.answers) == {200}
    assert caller.answers[200] > 500
