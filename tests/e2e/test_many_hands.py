"""Many at once: nothing is lost, nobody waits for readers, the second of two is refused by name."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import Command

from brygga import Workspace
from brygga.testing.services import ServiceConformance

HANDS = 20
SLOW_BUILD = """
import pathlib, time, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    here = pathlib.Path({here!r})
    (here / "started").touch()
    while not (here / "go").exists():
        time.sleep(0.02)
    name = "slow-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("slow.py", "")
        for part, text in {{
            "METADATA": "Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n",
            "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        }}.items():
            wheel.writestr("slow-1.0.dist-info/" + part, text)
        wheel.writestr("slow-1.0.dist-info/RECORD", "")
    return name
"""


def test_twenty_processes_register_the_same_name(command: Command) -> None:
    for hand in range(HANDS):
        (command.folder / f"m{hand}.bin").write_text(f"model {hand}")
    hands = [
        command.start("model", "register", "same", f"m{hand}.bin", "--json")
        for hand in range(HANDS)
    ]
    given = {}
    for hand, process in enumerate(hands):
        said, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint
        given[json.loads(said)["version"]] = hand
    assert sorted(given) == list(range(1, HANDS + 1))
    models = command.json("model", "list")
    assert len({model["sha256"] for model in models}) == HANDS
    for version in (1, HANDS):
        command("model", "download", f"same:{version}", "--output", ".", "--overwrite")
        written = (command.folder / f"m{given[version]}.bin").read_text()
        assert written == f"model {given[version]}"


@pytest.fixture
def slow(command: Command) -> Path:
    """A source folder whose build goes on until there is a file `go` beside it."""
    here = command.folder
    folder = here / "slow"
    folder.mkdir()
    (folder / "backend.py").write_text(SLOW_BUILD.format(here=str(here)))
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "slow"\nversion = "1.0"\n'
    )
    (here / "score.py").write_text("def init(): ...\ndef run(data): return 1\n")
    return here


def test_the_second_of_two_deployments_is_refused_by_name(command: Command, slow: Path) -> None:
    deploy = ("deploy", "svc", "--entry-script", "score.py", "--package", "./slow")
    first = command.start(*deploy)
    deadline = time.monotonic() + 60
    while not (slow / "started").exists():
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    refused = command(*deploy, code=1).stderr
    assert "Another operation on the service 'svc' is running: deploy" in refused
    assert "Wait until it has ended" in refused
    # Readers, and writers of other things, do not wait for it: it goes on until there is a `go`.
    assert command.json("service", "list") == []
    (command.folder / "m.bin").write_text("x")
    command("model", "register", "m", "m.bin", timeout=60)
    (slow / "go").touch()
    _, complaint = first.communicate(timeout=120)
    assert first.returncode == 0, complaint
    assert [s["revision"] for s in command.json("service", "list")] == [1]
    command("service", "delete", "svc")


def test_looking_at_a_service_never_refuses_its_deployment(command: Command, slow: Path) -> None:
    deploy = ("deploy", "svc", "--entry-script", "score.py", "--package", "six==1.17.0")
    command(*deploy)
    looking = [command.start_loop("service", "show", "svc", "--json") for _ in range(2)]
    try:
        for number in range(2):
            (slow / "score.py").write_text(f"def init(): ...\ndef run(data): return {number}\n")
            command(*deploy)
    finally:
        for each in looking:
            each.terminate()
            each.wait()
    assert [s["revision"] for s in command.json("service", "list")] == [3]
    command("service", "delete", "svc")


def test_a_service_of_another_host_is_listed_and_refused(command: Command, slow: Path) -> None:
    command("deploy", "svc", "--entry-script", "score.py", "--package", "six==1.17.0")
    change = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
        "c.execute('UPDATE services SET host_name = ?', (sys.argv[2],)); c.commit()"
    )
    database = str(command.home / "workspaces/default/workspace.db")

    def moved(host: str) -> None:
        subprocess.run(["python3", "-c", change, database, host], check=True)

    moved("elsewhere")
    (listed,) = command.json("service", "list")
    assert (listed["state"], listed["scoring_uri"]) == ("on elsewhere", None)
    assert "on elsewhere" in command("service", "show", "svc").stdout
    for action in ("restart", "rollback", "delete"):
        said = command("service", action, "svc", code=1)
        assert "'svc' runs on 'elsewhere'" in said.stderr, action
        assert "Ask for it on 'elsewhere'" in said.stderr
    moved(socket.gethostname())
    command("service", "delete", "svc")
    command.assert_nothing_runs()


@pytest.mark.postgresql
class TestOnPostgreSql(ServiceConformance):
    """Everything a service does, with its rows in PostgreSQL."""

    @pytest.fixture
    def workspace(
        self, postgresql: str, shared_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Workspace]:
        monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
        monkeypatch.setenv("BRYGGA_STORE_URL", postgresql)
        workspace = Workspace.create("postgresql", exist_ok=True)
        yield workspace
        for service in workspace.services.list():
            service.delete()
        workspace.delete()

    @pytest.fixture
    def kind(self) -> str:
        return "process"

    def test_rows_are_there_and_not_in_a_file(self, workspace: Workspace) -> None:
        workspace.runs.experiments()
        assert workspace._folder.exists()
        assert not workspace._folder.database.exists()
