"""The bridge, the nodes' network namespaces, and the ways between them."""

from __future__ import annotations

from cluster.commands import run
from cluster.layout import BRIDGE, HOST, Layout, Node


def make_network(layout: Layout) -> None:
    """Pods and ports of nodes can be reached from the host; nothing leads further."""
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "addr", "add", f"{HOST}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    for node in layout.nodes:
        _connect(node)
        for other in layout.nodes:
            if other != node:
                _within(node, "ip", "route", "add", other.pods, "via", other.address)
        run("ip", "route", "add", node.pods, "via", node.address)


def _connect(node: Node) -> None:
    run("ip", "netns", "add", node.name)
    end = ("peer", "name", "eth0", "netns", node.name)
    run("ip", "link", "add", node.link, "type", "veth", *end)
    run("ip", "link", "set", node.link, "master", BRIDGE, "up")
    _within(node, "ip", "link", "set", "lo", "up")
    _within(node, "ip", "addr", "add", f"{node.address}/24", "dev", "eth0")
    _within(node, "ip", "link", "set", "eth0", "up")
    _within(node, "ip", "route", "add", "default", "via", HOST)
    for setting in ("ip_forward", "conf.all.route_localnet"):
        _within(node, "sysctl", "-qw", f"net.ipv4.{setting}=1")
    _within(node, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1")


def _within(node: Node, *words: str) -> None:
    run("ip", "netns", "exec", node.name, *words)
