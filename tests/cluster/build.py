"""The one binary of all components, built of Go modules and kept by the hash of its inputs."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from cluster.commands import ClusterFailedError, run
from cluster.layout import COMPONENTS, Layout, cache

_SOURCES = Path(__file__).parent / "components"
_VERSION = "1.34.4"


def build() -> Path:
    """The binary, from the cache where it has been built before; else five minutes of two cores."""
    inputs = b"".join(file.read_bytes() for file in sorted(_SOURCES.iterdir()))
    command = _command()
    digest = sha256(inputs + " ".join(command).encode()).hexdigest()[:16]
    kept = cache() / digest / "cluster"
    if kept.exists():
        return kept
    if shutil.which("go") is None:
        raise ClusterFailedError(
            "there is no Go toolchain: install Go 1.25 or newer, as with apt-get install golang"
        )
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = kept.with_suffix(f".{os.getpid()}")
    print("Building Kubernetes of Go modules: some minutes, once a machine.", flush=True)
    subprocess.run(
        [*command, "-o", str(made), "."],
        cwd=_SOURCES,
        env={**os.environ, "CGO_ENABLED": "0"},
        check=True,
    )
    made.replace(kept)
    return kept


def link(layout: Layout, binary: Path) -> None:
    """Which component it is, it knows by the name it is called by."""
    layout.bin.mkdir(parents=True, exist_ok=True)
    for name in COMPONENTS:
        (layout.bin / name).symlink_to(binary)


def check_tools() -> None:
    """Refuses to begin where the end can be foreseen.

    Raises:
        ClusterFailedError: naming what is missing.
    """
    if os.getuid() != 0:
        raise ClusterFailedError("only root may make network namespaces and control groups")
    needed = ("containerd", "runc", "ctr", "docker-registry", "iptables", "ip", "nsenter",
              "conntrack", "kubectl", "gcc", "openssl")  # fmt: skip
    missing = [name for name in needed if shutil.which(name) is None]
    if not Path("/usr/lib/cni/bridge").exists():
        missing.append("containernetworking-plugins")
    if missing:
        raise ClusterFailedError(f"not installed here: {', '.join(missing)}")
    run("containerd", "--version")


def _command() -> list[str]:
    major, minor, _ = _VERSION.split(".")
    version = "k8s.io/component-base/version"
    # Without them the server calls itself v0.0.0, which no client can read.
    said = {
        f"{version}.gitVersion": f"v{_VERSION}",
        f"{version}.gitMajor": major,
        f"{version}.gitMinor": minor,
        f"{version}.gitTreeState": "clean",
        f"{version}.gitCommit": "0",
        f"{version}.buildDate": "2026-01-01T00:00:00Z",
        "k8s.io/client-go/pkg/version.gitVersion": f"v{_VERSION}",
    }
    flags = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in said.items())])
    tags = "selinux,notest,grpcnotrace"
    return ["go", "build", "-trimpath", "-p", "2", "-tags", tags, "-ldflags", flags]
