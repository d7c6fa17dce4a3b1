"""What an engine is asked for, told to one that only writes it down."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

import pytest

from brygga.images.engine import Engine
from brygga.spec import ServiceSpec
from brygga.targets.container import containers, gateway
from brygga.targets.container.applied_state import AppliedGeneration
from brygga.targets.container.folder import ContainerFolder
from brygga_server.gateway.plan import GenerationPlan
from brygga_server.settings import ServerSettings

GENERATION = AppliedGeneration("1-a", 1, "image:1", 2, 0.5, 256 << 20, 0, 0.0, 600.0)


@dataclass
class Notebook:
    """An engine, its client and every container of it."""

    runtimes: dict[str, object] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    started: bool = False
    id: str = "c0"

    def __post_init__(self) -> None:
        self.client = self.containers = self

    def info(self) -> dict[str, object]:
        return {"Runtimes": self.runtimes}

    def create(self, image: str, **options: object) -> "Notebook":
        self.asked = {"image": image, **options}
        return self

    def start(self) -> None:
        self.started = True


def create(folder: Path, generation: AppliedGeneration) -> dict[str, Any]:
    engine = Notebook()
    containers.create(cast("Engine", engine), ContainerFolder(folder), generation, 0)
    assert engine.started
    return engine.asked


def test_what_holds_for_every_container(tmp_path: Path) -> None:
    asked = create(tmp_path, GENERATION)

    assert (asked["image"], asked["user"], asked["read_only"]) == ("image:1", "10001:10001", True)
    assert (asked["cap_drop"], asked["security_opt"]) == (["ALL"], ["no-new-privileges"])
    assert (asked["mem_limit"], asked["memswap_limit"]) == (256 << 20, 256 << 20)
    assert asked["nano_cpus"] == 500_000_000
    assert "ports" not in asked
    assert "device_requests" not in asked


def test_gpus_are_asked_of_an_engine_that_has_some(tmp_path: Path) -> None:
    (request,) = create(tmp_path, replace(GENERATION, gpus=2))["device_requests"]

    assert (request["Count"], request["Capabilities"]) == (2, [["gpu"]])
    assert containers.gpus_of(cast("Engine", Notebook(runtimes={"runc": {}, "nvidia": {}})))
    assert not containers.gpus_of(cast("Engine", Notebook(runtimes={"runc": {}})))


@pytest.mark.parametrize("policy", ["on-failure", "always", "no"])
def test_the_policy_is_passed_on_and_always_makes_it_stay(tmp_path: Path, policy: str) -> None:
    asked = create(tmp_path, replace(GENERATION, restart_policy=policy))  # type: ignore[arg-type]

    assert asked["restart_policy"] == {"Name": policy}
    assert (asked["command"][-1] == "stay") == (policy == "always")


def test_the_gateway_understands_what_it_is_told_of_a_generation(tmp_path: Path) -> None:
    spec = ServiceSpec("svc", path_prefix="a/b/", metrics_port=9100, body_timeout_s=5.0, workers=2)
    generation = replace(
        GENERATION,
        prefix=spec.prefix,
        metrics_port=9100,
        gateway=gateway.settings_of(spec),
    )
    folder = ContainerFolder(tmp_path)

    plan = GenerationPlan.from_dict(gateway.described(folder, generation, proven=False))

    assert (plan.settings, plan.metrics_port) == ({"body_timeout_s": 5.0}, 9100)
    assert [replica.ready for replica in plan.replicas] == ["/a/b/ready"] * 2
    sockets = {replica.metrics for replica in plan.replicas}
    assert sockets == {str(folder.replica("1-a", n) / "metrics.sock") for n in range(2)}
    plain = GenerationPlan.from_dict(gateway.described(folder, GENERATION, proven=True))
    assert {(replica.ready, replica.metrics) for replica in plain.replicas} == {("/ready", "")}
    assert {f.name for f in fields(ServerSettings)} & gateway.SETTINGS == gateway.SETTINGS
