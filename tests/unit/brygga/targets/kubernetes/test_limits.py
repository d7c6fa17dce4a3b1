"""What of a spec cannot be had on a cluster is refused, by its name."""

from __future__ import annotations

from typing import Any

import pytest

from brygga.errors import InvalidInputError
from brygga.spec import ServiceSpec
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.limits import Largest, check_limits, check_options

NODES: list[dict[str, Any]] = [
    {"status": {"allocatable": {"cpu": "1900m", "memory": "4194304Ki"}}},
    {"status": {"allocatable": {"cpu": "4", "memory": "2Gi", "nvidia.com/gpu": "2"}}},
]
INSIDE: dict[str, Any] = {}
NODE_PORT = {"expose": "node-port"}
BY_PATH = {"expose": "ingress", "host": "m.example.com", "path": "/{service}"}


@pytest.mark.parametrize(
    ("declared", "given", "named"),
    [
        (INSIDE, {"host": "0.0.0.0"}, "host"),
        (INSIDE, {"port": 30_080}, "port"),
        (NODE_PORT, {"port": 8080}, "8080"),
        (INSIDE, {"collect_data": True}, "collect_data"),
        (BY_PATH, {"profile": "v1"}, "profile"),
        (INSIDE, {"autoscale_max": 3, "num_replicas": 2}, "(2)"),
        (INSIDE, {"autoscale_max": 3, "autoscale_min": 4}, "(4)"),
    ],
)
def test_what_means_nothing_there_is_not_ignored(
    declared: dict[str, Any], given: dict[str, Any], named: str
) -> None:
    target = DeclaredTarget(name="prod", registry="r.example.com", **declared)
    with pytest.raises(InvalidInputError) as caught:
        check_options(ServiceSpec("digits", **given), target)

    assert named in caught.value.message
    assert caught.value.hint


def test_what_can_be_had_is_taken() -> None:
    taken: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (NODE_PORT, {"port": 30_080}),
        (INSIDE, {"autoscale_max": 3}),
    ]
    for declared, given in taken:
        target = DeclaredTarget(name="prod", registry="r.example.com", **declared)
        check_options(ServiceSpec("digits", **given), target)


def test_the_largest_node_is_the_most_of_each() -> None:
    assert Largest.of(NODES) == Largest(cores=4.0, memory_gb=4.0, gpus=2)


@pytest.mark.parametrize(
    ("given", "named"),
    [({"cpu_cores": 5}, "4"), ({"memory_gb": 4.5}, "4.0"), ({"gpus": 3}, "2"),
     ({"cpu_cores": 0}, "cpu_cores=0"), ({"memory_gb": -1}, "memory_gb=-1")],
)  # fmt: skip
def test_more_than_a_node_has_is_refused_with_what_it_has(
    given: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_limits(ServiceSpec("digits", **given), Largest.of(NODES))

    assert named in caught.value.message


def test_where_nodes_are_not_seen_only_what_no_machine_has_is_refused() -> None:
    unknown = Largest.of([])
    check_limits(ServiceSpec("digits", cpu_cores=128, memory_gb=1024, gpus=8), unknown)

    absurd: list[dict[str, Any]] = [{"cpu_cores": 10_000}, {"memory_gb": 1e6}]
    for given in absurd:
        with pytest.raises(InvalidInputError):
            check_limits(ServiceSpec("digits", **given), unknown)
