"""Looking at container services asks little and changes nothing; reconciling does what it said."""

import fcntl
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from brygga.findings import Cause, Diagnosis
from brygga.images.builder import ImageBuilder
from brygga.images.engine import Engine
from brygga.targets.base import WorkloadState
from brygga.targets.container.applied_state import AppliedGeneration, AppliedState
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.container.target import ContainerTarget
from brygga.targets.local.control import boot_id
from brygga.testing.changes import changes

SERVICES = "workspaces/default/containers"
NEVER = "0001-01-01T00:00:00Z"
MADE = 1_790_000_000


@dataclass
class MemoryEngine:
    """An engine with containers of nothing but memory, which counts what it is asked."""

    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = "unix://memory"
    is_local: bool = True

    @property
    def client(self) -> "MemoryClient":
        return MemoryClient(self)

    def add(self, folder: ContainerFolder, generation: str, state: str, **more: object) -> str:
        name = f"c{len(self.containers)}"
        labels = {
            "dev.brygga.place": folder.place,
            "dev.brygga.generation": generation,
            "dev.brygga.replica": "0",
        }
        self.containers[name] = {"labels": labels, "state": state, "restarts": 0, **more}
        return name


@dataclass
class MemoryClient:
    engine: MemoryEngine

    @property
    def api(self) -> "MemoryClient":
        return self

    def containers(self, all: bool, filters: dict[str, list[str]]) -> list[dict[str, Any]]:  # noqa: A002
        assert all
        self.engine.asked.append("list")
        (label,) = filters["label"]
        name, _, value = label.partition("=")
        return [
            {
                "Id": id_,
                "Names": [f"/{id_}"],
                "State": each["state"],
                "Labels": each["labels"],
                "Created": MADE,
            }
            for id_, each in self.engine.containers.items()
            if name in each["labels"] and value in ("", each["labels"][name])
        ]

    def inspect_container(self, id_: str) -> dict[str, Any]:
        self.engine.asked.append("inspect")
        each = self.engine.containers[id_]
        ended = each.get("ended", NEVER)
        state = {"Status": each["state"], "ExitCode": 1, "StartedAt": NEVER, "FinishedAt": ended}
        return {"State": state, "RestartCount": each["restarts"]}

    def stop(self, id_: str, timeout: int) -> None:
        self.engine.asked.append(f"stop {id_} {timeout}")
        self.engine.containers[id_]["state"] = "exited"

    def remove_container(self, id_: str, force: bool, v: bool) -> None:
        assert force
        assert v
        self.engine.asked.append(f"remove {id_}")
        del self.engine.containers[id_]

    def logs(self, id_: str, tail: object) -> bytes:
        assert tail
        return f"of {id_}\n".encode()


class MemoryGateway:
    """Holds the lock of a supervisor and answers on the control socket as it is told."""

    def __init__(self, folder: ContainerFolder, serves: str, **more: object) -> None:
        self.said: dict[str, object] = {
            "ok": True,
            "state": "ready",
            "generation": serves,
            "revision": int(serves.partition("-")[0]),
            "pending": None,
            "leaving": [],
            "replicas": [{"live": True, "ready": True}],
            "in_flight": 0,
            **more,
        }
        self.told: list[dict[str, object]] = []
        self._lock = os.open(folder.lock_file, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._supervisor = subprocess.Popen(["sleep", "600"])
        noted = {"boot_id": boot_id(), "pid": self._supervisor.pid}
        folder.state_file.write_text(json.dumps(noted))
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder.control_socket))
        self._server.listen()
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        os.close(self._lock)
        self._supervisor.kill()
        self._supervisor.wait()

    def _answer(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            with sock, sock.makefile() as lines:
                asked = json.loads(lines.readline())
                if asked["op"] != "status":
                    self.told.append(asked)
                sock.sendall(json.dumps(self.said).encode() + b"\n")


class House:
    """Services of a container target, on an engine of memory."""

    def __init__(self, home: Path) -> None:
        self.engine = MemoryEngine()
        self.gateways: list[MemoryGateway] = []
        self._services = home / SERVICES

        def none(digest: str, _progress: object) -> object:
            raise AssertionError(f"{digest} is not asked for")

        self.target = ContainerTarget(
            self._services,
            home,
            builder=cast("ImageBuilder", None),
            connect=lambda: cast("Engine", self.engine),
            server=cast("Any", none),
            workspace="default",
        )

    def folder(self, name: str) -> ContainerFolder:
        return ContainerFolder(self._services / name)

    def applied(self, name: str, generation: str, **more: object) -> ContainerFolder:
        """A service whose newest generation is that."""
        folder = self.folder(name)
        folder.lock_file.parent.mkdir(parents=True)
        revision = int(generation.partition("-")[0])
        newest = AppliedGeneration(
            generation, revision, "image", 1, 1.0, 256 << 20, 0, time.time(), 600.0
        )
        AppliedState("127.0.0.1", 20_001, False, "server", newest, complete=True).but(
            folder, **more
        )
        return folder

    def gateway(self, folder: ContainerFolder, serves: str, **more: object) -> MemoryGateway:
        self.gateways.append(MemoryGateway(folder, serves, **more))
        return self.gateways[-1]


@pytest.fixture
def house(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    runtime = tmp_path_factory.mktemp("run")
    (runtime / "brygga").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    house = House(tmp_path)
    yield house
    for gateway in house.gateways:
        gateway.close()


def test_what_containers_hold_is_what_their_fronts_have_noted(house: House) -> None:
    folder = house.applied("svc", "1-a")
    house.engine.add(folder, "1-a", "running")
    house.gateway(folder, "1-a")
    assert house.target.status("svc").details["memory_bytes"] is None
    noted = folder.replica("1-a", 0) / "status.json"
    noted.parent.mkdir(parents=True)
    noted.write_text(json.dumps({"memory_bytes": 123 << 20}))
    assert house.target.status("svc").details["memory_bytes"] == 123 << 20


def test_all_services_are_seen_with_one_question_to_the_engine(house: House) -> None:
    names = [f"svc{number}" for number in range(50)]
    for name in names:
        folder = house.applied(name, "1-a")
        house.engine.add(folder, "1-a", "running")
        house.gateway(folder, "1-a")

    with changes() as found:
        seen = house.target.status_of_all([*names, "nothing"])

    assert {name: status.state for name, status in seen.items()} == {
        **dict.fromkeys(names, WorkloadState.READY),
        "nothing": WorkloadState.ABSENT,
    }
    assert seen["svc7"].details["containers"] == ["c7 (running)"]
    assert house.engine.asked == ["list"]
    assert found == []


def test_since_when_is_taken_from_the_same_look(house: House) -> None:
    for name, state in (("up", "ready"), ("starts", "starting"), ("down", "unready")):
        folder = house.applied(name, "1-a")
        container = "exited" if name == "down" else "running"
        house.engine.add(folder, "1-a", container, ended="2026-11-28T01:02:03Z")
        house.gateway(folder, "1-a", state=state)
    house.applied("stopped", "1-a", stopped=MADE + 60)

    seen = house.target.status_of_all(["up", "starts", "down", "stopped"])

    assert {name: status.since for name, status in seen.items()} == {
        "up": datetime.fromtimestamp(MADE, UTC),
        "starts": datetime.fromtimestamp(MADE, UTC),
        "down": datetime(2026, 11, 28, 1, 2, 3, tzinfo=UTC),
        "stopped": datetime.fromtimestamp(MADE + 60, UTC),
    }
    assert house.engine.asked.count("list") == 1


def test_stopping_keeps_the_logs_and_the_keys_may_change_meanwhile(house: House) -> None:
    folder = house.applied("svc", "1-a")
    house.engine.add(folder, "1-a", "running")

    house.target.stop("svc")
    house.target.set_keys("svc", {"primary": "hash"})

    assert house.engine.containers == {}
    assert "stop c0 40" in house.engine.asked
    assert list(house.target.logs("svc")) == ["of c0"]
    assert json.loads((folder.config("1-a") / "keys.json").read_text())["keys"]
    status = house.target.status("svc")
    assert (status.state, status.diagnosis) == (
        WorkloadState.STOPPED,
        Diagnosis(Cause.STOPPED, "It was stopped.", log=()),
    )


def test_where_nothing_is_deployed_no_engine_is_asked(house: House) -> None:
    assert house.target.status_of_all(["a"])["a"].state is WorkloadState.ABSENT
    assert house.target.status("a").state is WorkloadState.ABSENT
    assert house.engine.asked == []


def _crash_loop(house: House) -> tuple[ContainerFolder, MemoryGateway]:
    """An update whose container the engine starts again and again, beside what serves."""
    folder = house.applied("svc", "2-b")
    house.engine.add(folder, "1-a", "running")
    house.engine.add(folder, "2-b", "running", restarts=3)
    pending = {"generation": "2-b", "revision": 2}
    return folder, house.gateway(folder, "1-a", pending=pending)


def test_looking_at_what_will_never_serve_says_so_and_leaves_it(house: House) -> None:
    _, gateway = _crash_loop(house)

    with changes() as found:
        seen = [house.target.status("svc"), house.target.status_of_all(["svc"])["svc"]]

    for status in seen:
        assert (status.state, status.revision) == (WorkloadState.READY, 1)
        assert (status.pending, status.pending_state) == (2, WorkloadState.FAILED)
        assert status.pending_diagnosis is not None
        assert status.pending_diagnosis.log == ("of c1",)
    assert {asked.partition(" ")[0] for asked in house.engine.asked} == {"list", "inspect"}
    assert (found, gateway.told) == ([], [])


def test_reconciling_ends_it_and_it_looks_the_same_afterwards(house: House) -> None:
    _, gateway = _crash_loop(house)
    before = house.target.status("svc")

    house.target.reconcile("svc")
    gateway.said["pending"] = None
    house.target.reconcile("svc")

    assert "stop c1 1" in house.engine.asked
    assert [each["op"] for each in gateway.told] == ["abandon"]
    assert gateway.told[0]["id"] == "2-b"
    assert house.engine.containers["c0"]["state"] == "running"
    assert house.engine.containers["c1"]["state"] == "exited"
    after = house.target.status("svc")
    assert (after.pending, after.pending_state) == (2, WorkloadState.FAILED)
    assert after.pending_diagnosis == before.pending_diagnosis


def test_reconciling_removes_what_was_replaced_and_keeps_its_log(house: House) -> None:
    folder = house.applied("svc", "2-b")
    for generation, state in (("1-a", "exited"), ("2-b", "running"), ("0-x", "running")):
        house.engine.add(folder, generation, state)
    house.gateway(folder, "2-b", leaving=["1-a"])

    house.target.reconcile("svc")

    assert sorted(house.engine.containers) == ["c0", "c1"]  # the first still answers somebody
    assert folder.log_file.read_text() == "of c2\n"
    house.target.reconcile("svc")
    assert sorted(house.engine.containers) == ["c0", "c1"]


def test_what_the_gateway_gave_up_was_not_ready_in_its_time(house: House) -> None:
    folder = house.applied("svc", "1-a")
    house.engine.add(folder, "1-a", "exited")
    house.gateway(folder, "1-a", state="starting", given_up="1-a")

    status = house.target.status("svc")

    assert status.state is WorkloadState.FAILED
    assert status.diagnosis is not None
    assert (status.diagnosis.cause, status.diagnosis.log) == (Cause.INIT_TIMEOUT, ("of c0",))
    assert "within 660 s" in status.diagnosis.message


@pytest.mark.parametrize("state", ["ready", "unready"])
def test_what_has_served_is_never_given_up(house: House, state: str) -> None:
    folder = house.applied("svc", "1-a")
    house.engine.add(folder, "1-a", "running", restarts=17)
    gateway = house.gateway(folder, "1-a", state=state)

    house.target.reconcile("svc")

    assert gateway.told == []
    assert house.engine.containers["c0"]["state"] == "running"
    applied = AppliedState.read(folder)
    assert applied is not None
    assert applied.failed is None


def test_a_file_of_an_older_brygga_is_read(house: House) -> None:
    folder = house.applied("svc", "1-a")
    data = json.loads(folder.service_file.read_text())
    folder.service_file.write_text(json.dumps({**data, "ready_revision": 1}))

    assert AppliedState.read(folder) is not None
