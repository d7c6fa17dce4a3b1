"""What of a spec cannot be had on a cluster, told before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
from brygga.spec import Endpoint, Resources, ServiceSpec
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.failure import memory_bytes
from brygga.targets.kubernetes.rendering import Manifest
from brygga.targets.serving import GB

_NODE_PORTS = range(30_000, 32_768)
_MOST_CORES = 4096
_MOST_GB = 64 * 1024
"""More than any machine has: refused also where the nodes may not be looked at."""


@dataclass(frozen=True)
class Largest:
    """The most that one node has to give, of each by itself."""

    cores: float = _MOST_CORES
    memory_gb: float = _MOST_GB
    gpus: int | None = None

    @classmethod
    def of(cls, nodes: Sequence[Manifest]) -> Largest:
        """Of all nodes; without any, what no machine has."""
        given = [(node.get("status") or {}).get("allocatable") or {} for node in nodes]
        if not given:
            return cls()
        return cls(
            cores=max(_cores(str(each.get("cpu") or "0")) for each in given),
            memory_gb=max((memory_bytes(str(each.get("memory"))) or 0) / GB for each in given),
            gpus=max(int(each.get("nvidia.com/gpu") or 0) for each in given),
        )


def check_limits(spec: ServiceSpec, largest: Largest) -> None:
    """Refuses limits that mean nothing, or that no node can give.

    Raises:
        InvalidInputError: naming the limit, its value and the most there is.
    """
    if not 0 < spec.cpu_cores <= largest.cores:
        raise _too_much(f"cpu_cores={spec.cpu_cores:g}", "cpu_cores", f"{largest.cores:g}")
    if not 0 < spec.memory_gb <= largest.memory_gb:
        most = f"{largest.memory_gb:.1f}"
        raise _too_much(f"memory_gb={spec.memory_gb:g}", "memory_gb", most)
    if largest.gpus is not None and spec.gpus > largest.gpus:
        raise InvalidInputError(
            f"gpus={spec.gpus} cannot be had: no node has more than {largest.gpus} to give.",
            code=ErrorCode.GPUS_UNAVAILABLE,
            hint="Ask for fewer, or have the device plugin of the GPUs installed.",
        )


def check_options(spec: ServiceSpec, declared: DeclaredTarget) -> None:
    """Refuses what means nothing on a cluster, rather than leave it out.

    Raises:
        InvalidInputError: naming the option.
    """
    if spec.host != Endpoint().host:
        raise _means_nothing("host", spec.host, "pods listen on all of their addresses")
    if spec.port is not None and declared.expose != "node-port":
        raise _means_nothing(
            "port", spec.port, "the address is the cluster's to give; only node-port has ports"
        )
    if spec.port is not None and spec.port not in _NODE_PORTS:
        raise InvalidInputError(
            f"port={spec.port} is no port of nodes.",
            code=ErrorCode.PORT_INVALID,
            hint=f"Give one from {_NODE_PORTS[0]} to {_NODE_PORTS[-1]}, or none.",
        )
    _check_scaling(spec)
    if spec.collect_data:
        raise _means_nothing("collect_data", True, "what a pod collects would go with it")
    if spec.profile == "v1" and declared.prefix_of(spec.name):
        raise _means_nothing(
            "profile",
            spec.profile,
            f"its server answers at / alone, and the target's path is {declared.path}",
        )


def _check_scaling(spec: ServiceSpec) -> None:
    most = spec.autoscale_max
    if most is None:
        return
    if spec.num_replicas != Resources().num_replicas:
        raise InvalidInputError(
            f"A number of replicas ({spec.num_replicas}) and the most that the cluster may choose "
            f"({most}) are both given.",
            code=ErrorCode.OPTION_CONFLICT,
            hint=Hint.of(
                "Give {}, or have the cluster choose it with {} and {}.",
                Argument(Verb.DEPLOY, "num_replicas"),
                Argument(Verb.DEPLOY, "autoscale_min"),
                Argument(Verb.DEPLOY, "autoscale_max"),
            ),
        )
    if spec.autoscale_min > most:
        raise InvalidInputError(
            f"The fewest replicas ({spec.autoscale_min}) are more than the most ({most}).",
            code=ErrorCode.OPTION_CONFLICT,
            hint=Hint.of("Lower {}.", Argument(Verb.DEPLOY, "autoscale_min")),
        )


def _cores(text: str) -> float:
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _too_much(asked: str, option: str, most: str) -> InvalidInputError:
    return InvalidInputError(
        f"{asked} cannot be had: the largest node has {most}.",
        code=ErrorCode.LIMIT_UNAVAILABLE,
        hint=Hint.of(
            f"Ask for more than 0 and at most {most} with {{}}.", Argument(Verb.DEPLOY, option)
        ),
    )


def _means_nothing(option: str, value: object, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"{option}={value!r} cannot be had on a cluster: {why}.",
        code=ErrorCode.TARGET_LACKS,
        hint="Leave it out.",
    )
