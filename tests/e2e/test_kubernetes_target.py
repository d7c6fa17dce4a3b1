"""The Kubernetes target, held to what every target does, with just the Role that it prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from support.kubernetes import TestCluster, require_cluster

from brygga import Workspace
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.resources import OWNED
from brygga.testing.services import ECHO, ServiceConformance, wait_until

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[TestCluster]:
    found = require_cluster()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRYGGA_BASE_IMAGE", found.base_image)
        # No engine is to be needed.
        patch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        yield found


def api_of(cluster: TestCluster) -> ClusterApi:
    return ClusterApi(str(cluster.kubeconfig), "", cluster.namespace)


@pytest.fixture
def api(cluster: TestCluster) -> ClusterApi:
    return api_of(cluster)


@pytest.fixture
def workspace(
    cluster: TestCluster, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
    made = Workspace.create("cluster-tests", exist_ok=True)
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


class TestKubernetesTarget(ServiceConformance):
    @pytest.fixture
    def kind(self) -> str:
        return "prod"

    @pytest.fixture
    def limits(self) -> dict[str, float]:
        return {"cpu_cores": 0.4, "memory_gb": 0.5}

    @pytest.fixture
    def surroundings(self, api: ClusterApi) -> Callable[[], object]:
        """Every object of the namespace, with the number that each change of it raises."""

        def objects() -> object:
            found = [each for kind in OWNED for each in api.list(kind)]
            assert found, "there is nothing to be seen"
            return sorted(
                (each["metadata"]["name"], each["metadata"]["generation"])
                for each in found
                if "generation" in each["metadata"]
            )

        return objects

    def test_its_paths_and_its_metrics_are_where_they_were_asked_for(self, deployed: Any) -> None:
        """Metrics have a port of the pods, which every namespace of the cluster can reach."""
        api = api_of(require_cluster())
        service = deployed(ECHO, path_prefix="a/b", metrics_port=9100)

        assert service.scoring_uri.endswith("/a/b/score")
        assert '"got": 1' in service.run(1)
        pods = api.list("Pod", labels="app.kubernetes.io/instance=conformance")
        metrics = f"http://{pods[0]['status']['podIP']}:9100/metrics"
        assert urllib3.request("GET", metrics).status == 200
        plain = service.scoring_uri.replace("/a/b/score", "/score")
        assert urllib3.request("POST", plain, body=b"1").status == 404

    def test_delete_leaves_no_object(self, deployed: Any, api: ClusterApi) -> None:
        """Of any kind that is ever made."""
        service = deployed(ECHO, secrets={"TOKEN": "hidden"})
        mine = "app.kubernetes.io/instance=conformance"
        assert [each for kind in OWNED for each in api.list(kind, labels=mine)]

        service.delete()

        kinds = (*OWNED, "Pod")
        wait_until(lambda: not [e for kind in kinds for e in api.list(kind, labels=mine)])
