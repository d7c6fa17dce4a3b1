"""Where everything of the test cluster is: one folder, one bridge, a handful of names in /run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

BRIDGE = "brk8s"
HOST = "10.99.0.1"
API_PORT = 6443
API = f"https://{HOST}:{API_PORT}"
ETCD = "http://127.0.0.1:23790"
SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
REGISTRY_PORT = 5000
REGISTRY = f"{HOST}:{REGISTRY_PORT}"
LOCKED_PORT = 5001
LOCKED_REGISTRY = f"{HOST}:{LOCKED_PORT}"
"""One that asks who one is: `USER` with `PASSWORD`."""
USER, PASSWORD = "puller", "not-a-secret"
BASE_IMAGE = f"{REGISTRY}/brygga-base:bookworm"
PAUSE = "brygga.test/pause:1"
NAMESPACE = "brygga"
COMPONENTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
)


@dataclass(frozen=True)
class Node:
    """A node: a network namespace with processes of its own.

    Attributes:
        number: From 1.
    """

    root: Path
    number: int

    @property
    def name(self) -> str:
        """Of the node and of its network namespace."""
        return f"node-{self.number}"

    @property
    def address(self) -> str:
        """On the bridge."""
        return f"10.99.0.{10 + self.number}"

    @property
    def pods(self) -> str:
        """The addresses of its pods."""
        return f"10.244.{self.number}.0/24"

    @property
    def link(self) -> str:
        """The end of its cable on the bridge's side."""
        return f"bv{self.number}"

    @property
    def folder(self) -> Path:
        """Its files."""
        return self.root / self.name

    @property
    def socket(self) -> Path:
        """Of its containerd."""
        return Path(f"/run/brygga-{self.name}.sock")

    @property
    def state(self) -> Path:
        """Where its containerd keeps what does not outlive it."""
        return Path(f"/run/brygga-{self.name}")

    @property
    def group(self) -> str:
        """Its control group, in every hierarchy."""
        return f"brygga-{self.name}"


@dataclass(frozen=True)
class Layout:
    """The folder of a cluster."""

    root: Path = Path("/var/lib/brygga-cluster")
    size: int = 2

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them."""
        return tuple(Node(self.root, number + 1) for number in range(self.size))

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.root / "pki"

    @property
    def bin(self) -> Path:
        """The binary by the names of the components."""
        return self.root / "bin"

    @property
    def processes(self) -> Path:
        """What was started, for whoever ends it."""
        return self.root / "processes.json"

    def kubeconfig(self, user: str) -> Path:
        """With which that user comes."""
        return self.root / f"{user}.kubeconfig"


def cache() -> Path:
    """What is made once for many runs."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home, "brygga-ci", "cluster")
