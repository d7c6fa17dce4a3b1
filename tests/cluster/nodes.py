"""A node: containerd, kubelet and kube-proxy in a network namespace."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml
from cluster.commands import run, spawn, wait_until
from cluster.layout import LOCKED_REGISTRY, PAUSE, PODS, REGISTRY, Layout, Node

CGROUPS = Path("/sys/fs/cgroup")
_CPUSET = ("cpuset.cpus", "cpuset.mems")


def start_node(layout: Layout, node: Node, pause: Path) -> None:
    """Returns when its processes are started; it is Ready a little later.

    Args:
        pause: Archive of the image that every pod begins with.
    """
    node.folder.mkdir(parents=True)
    _start_containerd(layout, node)
    ctr = ("ctr", "-a", node.socket)
    wait_until(f"containerd of {node.name}", lambda: bool(run(*ctr, "version", check=False)), 30)
    run(*ctr, "-n", "k8s.io", "images", "import", pause)
    _make_groups(node)
    _start_kubelet(layout, node)
    _start_proxy(layout, node)


def wait_for_nodes(layout: Layout) -> None:
    """Returns when all are Ready."""
    path = "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].status} {end}"
    ask = ("kubectl", "--kubeconfig", layout.kubeconfig("admin"), "get", "nodes", "-o", path)

    def ready() -> bool:
        return run(*ask, check=False).split().count("True") == len(layout.nodes)

    wait_until(f"{len(layout.nodes)} nodes that are Ready", ready, 90)


def _start_containerd(layout: Layout, node: Node) -> None:
    plugins = node.folder / "cni"
    plugins.mkdir()
    (plugins / "10-bridge.conflist").write_text(json.dumps(_pod_network(node)))
    for registry in (REGISTRY, LOCKED_REGISTRY):
        hosts = node.folder / "certs.d" / registry
        hosts.mkdir(parents=True)
        (hosts / "hosts.toml").write_text(
            dedent(f"""\
                server = "http://{registry}"
                [host."http://{registry}"]
                  capabilities = ["pull", "resolve"]
                """)
        )
    config = node.folder / "containerd.toml"
    # Its defaults for what may not be had here: a better score with the kernel's memory killer,
    # AppArmor, and the groups of systemd.
    config.write_text(
        dedent(f"""\
            version = 2
            root = "{node.folder}/containerd"
            state = "{node.state}"
            [grpc]
              address = "{node.socket}"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "{PAUSE}"
              restrict_oom_score_adj = true
              disable_apparmor = true
              [plugins."io.containerd.grpc.v1.cri".cni]
                bin_dir = "/usr/lib/cni"
                conf_dir = "{plugins}"
              [plugins."io.containerd.grpc.v1.cri".registry]
                config_path = "{node.folder}/certs.d"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                runtime_type = "io.containerd.runc.v2"
                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                  SystemdCgroup = false
            """)
    )
    name = f"containerd-{node.name}"
    spawn(layout, name, "containerd", "--config", config, namespace=node.name)


def _pod_network(node: Node) -> dict[str, Any]:
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "ipMasq": False,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(node.folder / "ipam"),
                    "ranges": [[{"subnet": node.pods}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _make_groups(node: Node) -> None:
    """A group in each hierarchy, so that two kubelets of one machine never meet."""
    for hierarchy in (each for each in CGROUPS.iterdir() if each.is_dir()):
        group = hierarchy / node.group
        if (hierarchy / "cgroup.procs").exists():
            group.mkdir(exist_ok=True)
        if (group / _CPUSET[0]).exists():
            for name in _CPUSET:
                (group / name).write_text((hierarchy / name).read_text())


def _start_kubelet(layout: Layout, node: Node) -> None:
    (node.folder / "resolv.conf").write_text("")
    config = node.folder / "kubelet.yaml"
    config.write_text(yaml.safe_dump(_kubelet(layout, node)))
    spawn(
        layout,
        f"kubelet-{node.name}",
        layout.bin / "kubelet",
        f"--kubeconfig={layout.kubeconfig(node.name)}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--root-dir={node.folder / 'kubelet'}",
        f"--config={config}",
        namespace=node.name,
    )


def _kubelet(layout: Layout, node: Node) -> dict[str, Any]:
    return {
        "kind": "KubeletConfiguration",
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": True,
        "cgroupRoot": f"/{node.group}",
        "enforceNodeAllocatable": ["pods"],
        "containerRuntimeEndpoint": f"unix://{node.socket}",
        "failSwapOn": False,
        "failCgroupV1": False,
        "oomScoreAdj": 0,
        "tlsCertFile": str(layout.pki / f"{node.name}.crt"),
        "tlsPrivateKeyFile": str(layout.pki / f"{node.name}.key"),
        "authentication": {
            "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
            "webhook": {"enabled": True},
            "anonymous": {"enabled": False},
        },
        "authorization": {"mode": "Webhook"},
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "resolvConf": str(node.folder / "resolv.conf"),
        "maxPods": 110,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "nodeStatusUpdateFrequency": "2s",
        "syncFrequency": "5s",
        "address": "0.0.0.0",
        "podLogsDir": str(node.folder / "podlogs"),
        "kubeReserved": {"cpu": "100m"},
    }


def _start_proxy(layout: Layout, node: Node) -> None:
    config = node.folder / "proxy.yaml"
    content = {
        "kind": "KubeProxyConfiguration",
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "mode": "iptables",
        "clusterCIDR": PODS,
        "oomScoreAdj": 0,
        "hostnameOverride": node.name,
        "clientConnection": {"kubeconfig": str(layout.kubeconfig("proxy"))},
        "conntrack": {
            "maxPerCore": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "iptables": {"minSyncPeriod": "100ms"},
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
    }
    config.write_text(yaml.safe_dump(content))
    binary = layout.bin / "kube-proxy"
    name = f"kube-proxy-{node.name}"
    spawn(layout, name, binary, f"--config={config}", namespace=node.name)
