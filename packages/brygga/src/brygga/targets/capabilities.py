"""What targets can do, as data, and the refusal of what one of them cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Argument, Hint, Step, Verb
from brygga.images.bundle import ImageBase
from brygga.spec import RestartPolicy, ServiceSpec


@dataclass(frozen=True)
class Capabilities:
    """What a target can do.

    Attributes:
        on_host: Whether its services belong to the machine and the home they were deployed from.
        images: Whether they run in images, so that base images and Dockerfiles mean something.
        most_replicas: How many of a service can share its requests.
        autoscaling: Whether it can choose their number itself.
        gpus: Whether it can give them any.
        tls: Whether it can show callers a certificate.
        restart_policies: When it can start again what has ended.
        traffic_shares: Whether several revisions can serve, each a share of the requests.
        instead: What it does in place of what it cannot, by the option's name: for people.
        needs: What has to be on the machine for it, where that is more than Python: for people.
    """

    on_host: bool
    images: bool = False
    most_replicas: int = 1
    autoscaling: bool = False
    gpus: bool = False
    tls: bool = False
    restart_policies: tuple[RestartPolicy, ...] = ("on-failure",)
    traffic_shares: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""


CLUSTER = Capabilities(
    on_host=False,
    images=True,
    most_replicas=1000,
    autoscaling=True,
    gpus=True,
    restart_policies=("on-failure", "always"),
    instead={
        "tls": "its ingress has the certificate: declare the target with tls_secret",
        "restart_policy": "a cluster always starts again what has ended",
    },
)
"""Of any cluster, so that one that is yet to be declared can be proposed."""


def require_capable(
    kind: str, spec: ServiceSpec, base: ImageBase | None, targets: Mapping[str, Capabilities]
) -> None:
    """Refuses what a target cannot do.

    Args:
        kind: Of the target.
        base: What images of the service are built on; None where nothing is asked of it.
        targets: All there are, by kind: the refusal names those that can.

    Raises:
        InvalidInputError: naming the option, its value and what the target does instead.
    """
    refused = next(_refused(targets[kind], spec, base), None)
    if refused is None:
        return
    able = {name: can for name, can in targets.items() if _can(can, refused.option, spec, base)}
    steps: list[Step] = [Argument(Verb.DEPLOY, "target", name) for name in able]
    ways = [f"{{}} (it needs {can.needs})" if can.needs else "{}" for can in able.values()]
    leave = f"Deploy it with {' or '.join(ways)}, or leave it out" if able else "Leave it out"
    if not able and _can(CLUSTER, refused.option, spec, base):
        leave = "A declared cluster can ({}). Deploy it there, or leave it out"
        steps = [Action(Verb.ADD_TARGET)]
    of_images = refused.option in _OF_IMAGES
    raise InvalidInputError(
        f"{refused.asked} cannot be had on the target {kind!r}: {refused.why}.",
        code=ErrorCode.TARGET_LACKS,
        hint=Hint.of(f"{leave} (of the environment, too)." if of_images else f"{leave}.", *steps),
    )


_OF_IMAGES = ("dockerfile", "extra_steps")


@dataclass(frozen=True)
class _Refused:
    """An option that a target cannot honour, as people say what was asked for, and why."""

    option: str
    asked: str
    why: str


def _can(can: Capabilities, option: str, spec: ServiceSpec, base: ImageBase | None) -> bool:
    return option not in {each.option for each in _refused(can, spec, base)}


def _refused(can: Capabilities, spec: ServiceSpec, base: ImageBase | None) -> Iterator[_Refused]:
    for option, possible, asked, why in _options(can, spec, base):
        if not possible:
            yield _Refused(option, asked, can.instead.get(option, why))


def _options(
    can: Capabilities, spec: ServiceSpec, base: ImageBase | None
) -> Iterator[tuple[str, bool, str, str]]:
    """What there is to be able to: its option, whether it can be had, how it is called, and why."""
    number, most, policy = spec.num_replicas, can.most_replicas, spec.restart_policy
    runs = f"it runs 1 to {most}" if most > 1 else "it runs one"
    yield "num_replicas", 1 <= number <= most, f"{number} replicas", runs
    scales, scaled = spec.autoscale_max is not None, f"Up to {spec.autoscale_max} replicas by load"
    yield "autoscale_max", can.autoscaling or not scales, scaled, "it has a fixed number"
    gpus = f"{spec.gpus} GPU{'' if spec.gpus == 1 else 's'}"
    yield "gpus", can.gpus or not spec.gpus, gpus, "it has none to give"
    knows = f"it knows {', '.join(can.restart_policies)}"
    known = policy in can.restart_policies
    yield "restart_policy", known, f"The restart policy {policy!r}", knows
    yield "tls", can.tls or not spec.tls_certificate, "TLS", "it speaks plain HTTP"
    dockerfile, steps = (base.dockerfile, base.steps) if base else (None, "")
    yield "dockerfile", can.images or not dockerfile, "A Dockerfile", "it runs no images"
    yield "extra_steps", can.images or not steps, "Extra steps", "it runs no images"
