"""The cluster that `make cluster` has started, for tests; they skip where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cluster.layout import BASE_IMAGE, NAMESPACE, REGISTRY, Layout


@dataclass(frozen=True)
class TestCluster:
    """How a cluster is reached.

    Attributes:
        kubeconfig: Of a user who has the printed Role in one namespace, and nothing else.
        admin: Of one who may do everything; empty where nobody has given it.
        address: Of one of its nodes.
    """

    __test__ = False

    kubeconfig: Path
    admin: Path | None
    registry: str
    base_image: str
    namespace: str
    address: str


def require_cluster() -> TestCluster:
    """The one that `BRYGGA_TEST_KUBECONFIG` names, or that of `make cluster`, started if need be.

    Where somebody else's is named, `BRYGGA_TEST_REGISTRY` and `BRYGGA_BASE_IMAGE` go with it.
    """
    named = os.environ.get("BRYGGA_TEST_KUBECONFIG")
    if named:
        registry, base = os.environ.get("BRYGGA_TEST_REGISTRY"), os.environ.get("BRYGGA_BASE_IMAGE")
        if not registry or not base:
            pytest.skip("BRYGGA_TEST_REGISTRY and BRYGGA_BASE_IMAGE go with a kubeconfig")
        address = os.environ.get("BRYGGA_TEST_NODE", "")
        return TestCluster(Path(named), None, registry, base, _namespace(Path(named)), address)
    layout = Layout()
    found = layout.kubeconfig("deployer")
    if not found.exists():
        _start()
    return TestCluster(
        found,
        layout.kubeconfig("admin"),
        f"http://{REGISTRY}",
        BASE_IMAGE,
        NAMESPACE,
        layout.nodes[0].address,
    )


def _start() -> None:
    """In CI, where it may not be left out; elsewhere whoever wants it says so."""
    if os.environ.get("CI") != "true":
        pytest.skip("there is no cluster: start one with make cluster")
    command = [sys.executable, "-m", "cluster", "up"]
    tests = Path(__file__).parents[1]
    environ = {**os.environ, "PYTHONPATH": str(tests)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip())


def _namespace(kubeconfig: Path) -> str:
    data = yaml.safe_load(kubeconfig.read_text())
    contexts = {each["name"]: each["context"] for each in data["contexts"]}
    return str(contexts[data["current-context"]].get("namespace") or "default")
