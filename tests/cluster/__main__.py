"""A Kubernetes cluster of two nodes on this machine, for tests: `python -m cluster up|down`.

Its last lines say with what it is reached.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from cluster.access import grant
from cluster.build import build, check_tools, link
from cluster.certificates import make_certificates
from cluster.commands import ClusterFailedError
from cluster.control_plane import start_control_plane
from cluster.images import pause_archive, push_base_image, start_registries
from cluster.layout import BASE_IMAGE, REGISTRY, Layout
from cluster.network import make_network
from cluster.nodes import start_node, wait_for_nodes
from cluster.teardown import left_over, tear_down


def main() -> int:
    """The command; 0 where it did what it was asked."""
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("what", choices=["build", "up", "down"])
    what, layout = parser.parse_args().what, Layout()
    try:
        if what == "build":
            print(build())
        elif what == "up":
            up(layout)
        else:
            down(layout)
    except (ClusterFailedError, subprocess.CalledProcessError) as error:
        print(f"No cluster: {error}.", file=sys.stderr)
        return 1
    return 0


def up(layout: Layout) -> None:
    """Starts it; what there is of an earlier one is ended before."""
    check_tools()
    binary = build()
    tear_down(layout)
    began = time.monotonic()
    layout.root.mkdir(parents=True)
    try:
        make_certificates(layout)
        link(layout, binary)
        make_network(layout)
        start_registries(layout)
        push_base_image()
        start_control_plane(layout)
        pause = pause_archive(layout)
        for node in layout.nodes:
            start_node(layout, node, pause)
        kubeconfig = grant(layout)
        wait_for_nodes(layout)
    except BaseException:
        print(f"What its processes said is in {layout.root / 'log'}.", file=sys.stderr)
        raise
    print(f"Started in {time.monotonic() - began:.0f} s; end it with make cluster-down.")
    print(f"KUBECONFIG={kubeconfig}")
    print(f"ADMIN_KUBECONFIG={layout.kubeconfig('admin')}")
    print(f"REGISTRY=http://{REGISTRY}")
    print(f"BASE_IMAGE={BASE_IMAGE}")


def down(layout: Layout) -> None:
    """Ends it, and says what could not be removed."""
    tear_down(layout)
    found = left_over(layout)
    if found:
        raise ClusterFailedError(f"this is left: {', '.join(found)}")


if __name__ == "__main__":
    sys.exit(main())
