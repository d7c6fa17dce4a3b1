"""What the script signals to the first process of its container does not end the service."""

import json
import time

import pytest
from support.containers import Deploy, deploy, inspected
from support.engine import require_engine
from support.supervised import SIGNALLING
from support.survival import OUTAGES, Outage

from brygga.images.engine import Engine

__all__ = ["deploy"]
pytestmark = pytest.mark.engine

SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL", "SIGSTOP", "SIGHUP", "SIGQUIT", "SIGUSR1")


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


def test_the_first_process_of_a_container_is_there_whatever_a_request_sends(
    engine: Engine, deploy: Deploy
) -> None:
    service = deploy(SIGNALLING, name="signals", auth=False, restart_policy="on-failure")
    (before,) = inspected(engine, service)
    for name in SIGNALS:
        for pid in (0, 1):  # its parent, and the first process, which are the same
            said = service.run(json.dumps({"signal": name, "pid": pid}))
            began = time.monotonic()
            assert [service.run("{}") for _ in range(10)] == ["well"] * 10
            taken = time.monotonic() - began
        OUTAGES.append(Outage(name, "PID 1", str(engine.client.version()["Version"]), said, taken))
        assert taken < 5
    (after,) = inspected(engine, service)
    assert (after["Id"], after["State"]["StartedAt"]) == (
        before["Id"],
        before["State"]["StartedAt"],
    )
    assert after["RestartCount"] == 0
    assert "PID namespace" in str(service.details["signals"])
