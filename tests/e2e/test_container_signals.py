"""What the script signals to the first process of its container does not end the service."""

import json
import time

import pytest
from support.containers import Deploy, deploy, inspected
from support.engine import require_engine
from support.supervised import SIGNALLING
from support.survival import OUTAGES, Outage

from brygga.images.engine import Engine
from brygga.targets.container import containers

__all__ = ["deploy"]
pytestmark = pytest.mark.engine

SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL", "SIGSTOP", "SIGHUP", "SIGQUIT", "SIGUSR1")
# As on a kernel that has no scopes.
UNSCOPED = """
import sys
from brygga_server import signal_scope
from brygga_server.gateway.replica_process import main
signal_scope.holds = lambda: False
sys.exit(main())
"""


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


@pytest.fixture(params=["Landlock", "none"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What keeps the script from sending signals, beside the PID namespace."""
    if request.param == "none":
        python = containers._entrypoint()[0]
        monkeypatch.setattr(containers, "_entrypoint", lambda: [python, "-I", "-c", UNSCOPED])
    return str(request.param)


def test_the_first_process_of_a_container_is_there_whatever_a_request_sends(
    engine: Engine, deploy: Deploy, platform: str
) -> None:
    service = deploy(SIGNALLING, name="signals", auth=False, restart_policy="on-failure")
    (before,) = inspected(engine, service)
    runs = "Podman" if "podman" in str(engine.client.version()).lower() else "Docker"
    for name in SIGNALS:
        for pid in (0, 1):  # its parent, and the first process, which are the same
            said = service.run(json.dumps({"signal": name, "pid": pid}))
            began = time.monotonic()
            assert service.run("{}") == "well"
            taken = time.monotonic() - began
            assert [service.run("{}") for _ in range(10)] == ["well"] * 10
        OUTAGES.append(Outage(name, "PID 1", f"{platform}, {runs}", said, taken))
        assert taken < 5
    (after,) = inspected(engine, service)
    assert (after["Id"], after["State"]["StartedAt"]) == (
        before["Id"],
        before["State"]["StartedAt"],
    )
    assert after["RestartCount"] == 0
    assert "PID namespace" in str(service.details["signals"])
