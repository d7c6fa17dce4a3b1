"""What a target cannot do is refused by name, and those that can are named."""

from dataclasses import replace

import pytest

from brygga.errors import InvalidInputError
from brygga.images.bundle import ImageBase
from brygga.spec import ServiceSpec
from brygga.targets.capabilities import CLUSTER, Capabilities, require_capable
from brygga.targets.container.target import ContainerTarget
from brygga.targets.process.target import ProcessTarget
from brygga.testing.targets import EVERYTHING

PLAIN = ServiceSpec("svc")
TARGETS = {each.kind: each.capabilities for each in (ProcessTarget, ContainerTarget)}


@pytest.mark.parametrize("kind", TARGETS)
def test_what_everybody_asks_for_can_be_had_anywhere(kind: str) -> None:
    require_capable(kind, PLAIN, ImageBase(reference="python:3"), TARGETS)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"num_replicas": 2}, "2 replicas cannot be had on the target 'process': it runs one"),
        ({"gpus": 1}, "1 GPU cannot be had on the target 'process': it gives none"),
        ({"restart_policy": "no"}, "restart policy 'no' cannot be had on the target 'process'"),
        ({"tls_certificate": "PEM"}, "TLS cannot be had on the target 'process'"),
    ],
)
def test_what_only_containers_can_do_is_refused_by_processes(
    asked: dict[str, object], said: str
) -> None:
    spec = replace(PLAIN, **asked)  # type: ignore[arg-type]
    require_capable("container", spec, None, TARGETS)

    with pytest.raises(InvalidInputError, match=said) as caught:
        require_capable("process", spec, None, TARGETS)

    wanted = "Deploy it with `target='container'` (it needs Docker or Podman), or leave it out."
    assert caught.value.hint == wanted


def test_steps_of_a_dockerfile_need_images() -> None:
    for base in (ImageBase(dockerfile="FROM a"), ImageBase(reference="a", steps="RUN true")):
        require_capable("container", PLAIN, base, TARGETS)
        with pytest.raises(InvalidInputError, match=r"(A Dockerfile|Extra steps) cannot be had"):
            require_capable("process", PLAIN, base, TARGETS)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"autoscale_max": 5}, "it has a fixed number"), ({"num_replicas": 65}, "it runs 1 to 64")],
)
def test_what_a_cluster_could_do_is_said_before_one_is_declared(
    asked: dict[str, int], said: str
) -> None:
    spec = replace(PLAIN, **asked)  # type: ignore[arg-type]

    with pytest.raises(InvalidInputError, match=said) as caught:
        require_capable("container", spec, None, TARGETS)

    assert caught.value.hint.startswith("A declared cluster can (`ws.targets.add(")
    declared = {**TARGETS, "lab": CLUSTER}
    with pytest.raises(InvalidInputError) as caught:
        require_capable("container", spec, None, declared)
    assert caught.value.hint == "Deploy it with `target='lab'`, or leave it out."


def test_what_no_target_can_do_has_no_other_way_out() -> None:
    spec = replace(PLAIN, num_replicas=1001)

    with pytest.raises(InvalidInputError, match="it runs 1 to 64") as caught:
        require_capable("container", spec, None, TARGETS)

    assert caught.value.hint == "Leave it out."
    require_capable("all", replace(PLAIN, num_replicas=65), None, {"all": EVERYTHING})


def test_a_target_says_nothing_it_cannot_do_unless_it_is_told_to() -> None:
    least = Capabilities(on_host=False)

    require_capable("least", PLAIN, None, {"least": least})
    with pytest.raises(InvalidInputError, match="restart policy 'always'"):
        require_capable("least", replace(PLAIN, restart_policy="always"), None, {"least": least})
