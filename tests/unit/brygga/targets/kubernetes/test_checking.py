"""What `target check` says of clusters that lack something, each thing on a line of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.stub_cluster import WELL, Answer, kubeconfig_for, refused, stub_cluster

from brygga.error_codes import ErrorCode
from brygga.findings import CheckResult
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.checking import check
from brygga.targets.kubernetes.refusals import ClusterError, ClusterUnreachableError

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
QUOTAS = "/api/v1/namespaces/default/resourcequotas"
FORBIDDEN = (
    'resourcequotas is forbidden: User "u" cannot list resource "resourcequotas" in API group "" '
    'in the namespace "default"'
)


@contextmanager
def cluster(folder: Path, **answers: Answer) -> Iterator[tuple[ClusterApi, DeclaredTarget]]:
    """One that is well but for some answers, `_` standing for the slash before a path."""
    with stub_cluster({**WELL, **answers}) as url:
        file = folder / "kubeconfig"
        file.write_text(kubeconfig_for(url))
        declared = DeclaredTarget(name="lab", registry=url, kubeconfig=str(file))
        yield ClusterApi(str(file), "", "default"), declared


def checked(folder: Path, **answers: Answer) -> dict[str, CheckResult]:
    with cluster(folder, **answers) as (api, declared):
        return {each.name: each for each in check(api, declared)}


def test_one_that_is_well_has_nothing_to_mend(tmp_path: Path) -> None:
    found = checked(tmp_path)

    assert [each.name for each in found.values() if each.level == "failure"] == []
    assert "v1.31.2" in found["cluster"].message
    assert found["nodes"].message == "1 node"
    assert found["certificate"].level == "warning"
    assert "https" in str(found["certificate"].advice.text)


@pytest.mark.parametrize(
    ("version", "level"),
    [("v1.24.17", "failure"), ("v1.29.9-eks-1", "failure"), ("v1.30.0", "ok"), ("v2.0.1", "ok")],
)
def test_a_kubernetes_that_is_too_old_is_said_to_be(
    version: str, level: str, tmp_path: Path
) -> None:
    found = checked(tmp_path, **{"/version": (200, {"gitVersion": version})})

    assert found["cluster"].level == level
    assert ("1.30 or newer" in found["cluster"].message) == (level == "failure")
    assert found["registry"].level == "ok"


def test_what_may_not_be_listed_is_its_own_line_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    found = checked(tmp_path, **{QUOTAS: refused(403, FORBIDDEN)})

    assert found["quota"].level == "failure"
    assert 'resources: ["resourcequotas"], verbs: ["list"]' in found["quota"].advice.text
    assert (found["cluster"].level, found["metrics"].level) == ("ok", "ok")
    assert found["registry"].level == "ok"


def test_what_is_served_may_be_kept_from_us(tmp_path: Path) -> None:
    found = checked(tmp_path, **{"/apis": refused(403, "no")})

    assert (found["metrics"].level, found["registry"].level) == ("failure", "ok")


def test_a_caller_that_is_not_known_is_told_once(tmp_path: Path) -> None:
    found = checked(tmp_path, **{REVIEWS: refused(401, "Unauthorized")})

    assert list(found) == ["cluster", "certificate"]
    assert found["cluster"].level == "failure"


def test_missing_rights_are_a_line_for_each_resource(tmp_path: Path) -> None:
    found = checked(tmp_path, **{REVIEWS: (201, {"status": {"allowed": False}})})["rights"]

    lines = [line for line in found.advice.text.splitlines() if line.startswith("- ")]
    resources = [line.split("resources: ")[1].split(",")[0] for line in lines]
    assert len(resources) == len(set(resources)) > 5
    assert any('verbs: ["get", "list", "create", "patch", "delete"]' in line for line in lines)
    assert "rights are missing in default, on" in found.message


@pytest.mark.parametrize(
    "answer",
    [(404, "<html><body>nginx</body></html>"), (404, {"detail": "Not Found"}), (200, "<html>")],
)
def test_what_is_not_kubernetes_is_said_to_be_that(answer: Answer, tmp_path: Path) -> None:
    with cluster(tmp_path, **{"/version": answer}) as (api, declared):
        (found,) = check(api, declared)

    assert found.message == f"What answers at {api.server} is not Kubernetes ({answer[0]})."


def test_what_is_not_kubernetes_does_not_lack_an_object(tmp_path: Path) -> None:
    """Else a service would be taken for one that is not deployed."""
    path = "/apis/apps/v1/namespaces/default/deployments/digits"
    with cluster(tmp_path, **{path: (404, "<html>")}) as (api, _):
        with pytest.raises(ClusterUnreachableError):
            api.find("Deployment", "digits")
        assert api.find("Deployment", "other") is None


def test_one_that_does_not_answer_is_one_error_without_those_below(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        file = tmp_path / "kubeconfig"
        file.write_text(kubeconfig_for(f"http://127.0.0.1:{held.getsockname()[1]}"))
        with pytest.raises(ClusterError, match="Connection refused") as caught:
            ClusterApi(str(file), "", "default").raw("/version", what="read its version")

    assert caught.value.code is ErrorCode.CLUSTER_UNREACHABLE
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
