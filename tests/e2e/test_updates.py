"""Updates under load: not one request is lost, and afterwards every answer is the new one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.load import Load
from support.servers import newer_server

from brygga import DeploymentError, Environment, Service, Workspace

CLIENTS = 32
RATE = 260.0  # requests a second that are asked for; at least 200 have to get through
SETTLED_S = 0.4  # of load after each update, whose answers are looked at

SCRIPT = """
import json
from pathlib import Path
from azureml.core.model import Model

def init():
    global model
    model = Path(Model.get_model_path("weights")).read_text()

def run(raw):
    return {"echo": json.loads(raw), "revision": REVISION, "model": model}
"""


class Updated:
    """A service under load, and what each kind of update does to it."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder
        self.number = 0
        self.key = ""
        self.options: dict[str, Any] = {"environment": Environment.from_packages([])}
        self.register("first")

    def deploy(self, **options: Any) -> Service:
        """One revision more, whose script says its number."""
        self.number += 1
        self.options |= options
        script = self.folder / "score.py"
        script.write_text(SCRIPT.replace("REVISION", str(self.number)))
        service = self.workspace.services.deploy(
            "updated", entry_script=script, models=["weights"], **self.options
        )
        service.wait_for_deployment(timeout_s=60)
        return service

    def register(self, text: str) -> None:
        """A new version of the model."""
        (self.folder / "weights.txt").write_text(text)
        self.workspace.models.register("weights", self.folder / "weights.txt")


@pytest.fixture
def updated(workspace: Workspace, tmp_path: Path) -> Updated:
    return Updated(workspace, tmp_path)


@pytest.fixture
def load(updated: Updated) -> Iterator[Load]:
    service = updated.deploy()
    updated.key = service.get_keys().primary
    port = int(str(service.scoring_uri).rsplit(":", 1)[1].split("/")[0])
    with Load(
        port,
        CLIENTS,
        RATE,
        label=lambda answer: answer["revision"],  # type: ignore[index]
        headers=lambda: {"Authorization": f"Bearer {updated.key}"},
    ) as load:
        yield load


def new_code(updated: Updated) -> None:
    updated.deploy()


def new_model(updated: Updated) -> None:
    updated.register(f"weights of revision {updated.number + 1}")
    updated.deploy()


def new_environment(updated: Updated) -> None:
    packages = ["six==1.16.0"] if updated.number % 2 else ["six==1.17.0"]
    updated.deploy(environment=Environment.from_packages(packages))


def new_limits(updated: Updated) -> None:
    updated.deploy(memory_gb=1.0 + updated.number / 100, cpu_cores=1 + updated.number % 2)


def new_keys(updated: Updated) -> None:
    """Clients go over to one key while the other is made anew."""
    service = updated.workspace.services.get("updated")
    keys = service.get_keys()
    updated.key = keys.secondary
    time.sleep(0.1)  # requests with the old one are on their way
    updated.deploy(keys={"primary": f"a-new-key-of-revision-{updated.number + 1}"})
    updated.key = updated.workspace.services.get("updated").get_keys().primary
    updated.options.pop("keys")


def new_front(updated: Updated) -> None:
    """What a running front cannot take: another one inherits socket and connections."""
    formats = {"text": "json", "json": "text"}
    updated.deploy(log_format=formats[updated.options.get("log_format", "text")])


KINDS = (new_code, new_model, new_environment, new_limits, new_keys, new_front)


@pytest.mark.alone
def test_twenty_updates_lose_no_request(updated: Updated, load: Load) -> None:
    for number in range(20):
        KINDS[number % len(KINDS)](updated)
        done = time.monotonic()
        time.sleep(SETTLED_S)
        assert load.failures == []
        assert set(load.labels_since(done)) == {updated.number}
    load.__exit__()
    print(f"{load.answered} requests in {load.seconds:.1f} s, {len(load.failures)} failed")
    assert load.failures == []
    assert load.answered / load.seconds >= 200


def test_a_newer_server_takes_over_running_services(
    updated: Updated, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = updated.workspace.services.get("updated")
    front = front_of(old)
    with newer_server(tmp_path, monkeypatch):
        assert front_of(old) == front  # upgrading alone moves nothing
        updated.workspace = Workspace.get(updated.workspace.name)
        for _ in range(3):
            updated.deploy()
            done = time.monotonic()
            time.sleep(SETTLED_S)
            assert load.failures == []
            assert set(load.labels_since(done)) == {updated.number}
        assert front_of(old) != front


def test_keys_of_an_update_that_fails_are_the_services_own(updated: Updated) -> None:
    """What `get_keys` says is what opens the door, whatever became of the revision."""
    service = updated.deploy()
    script = updated.folder / "score.py"
    # Within the front, and with a new one.
    kinds: tuple[dict[str, Any], ...] = ({}, {"log_format": "json"})
    for options in kinds:
        script.write_text("def init():\n    raise ValueError\ndef run(raw): ...\n")
        key = f"changed-with-a-broken-script-{len(options)}"
        updated.workspace.services.deploy(
            "updated",
            entry_script=script,
            keys={"primary": key},
            environment=Environment.from_packages([]),
            **options,
        )
        with pytest.raises(DeploymentError):
            service.wait_for_deployment(timeout_s=60)

        assert service.get_keys().primary == key
        assert service.state == "Healthy"
        assert service.run("7")["echo"] == 7


def front_of(service: Service) -> object:
    """What tells one front from another."""
    return service.details["front"]
