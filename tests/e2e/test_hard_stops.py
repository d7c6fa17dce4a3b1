"""Whenever deploying, updating, rolling back or deleting is killed, the next command goes on.

With real services: what served before goes on serving, and what was cut short says so.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import wait_until_nothing_runs
from support.hard_stop import Tally, kill_and_look

from brygga import Environment, Service, Workspace
from brygga.findings import Cause
from brygga.services import ServiceState

NAME = "hard-stops"
SCRIPT = "def init(): ...\ndef run(data): return {answer!r}\n"
TRIES = 10


class Scene:
    """A workspace with a model, and scripts that answer one word each."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        (folder / "m.pkl").write_bytes(b"model")
        workspace = Workspace.create("tests", exist_ok=True)
        if not workspace.models.list():
            workspace.models.register("m", folder / "m.pkl")

    @property
    def workspace(self) -> Workspace:
        """As a new process finds it."""
        return Workspace.get("tests")

    def start(self, answer: str) -> Service:
        """Deploys, and returns before the service is ready, as a caller may be killed."""
        script = self.folder / "score.py"
        script.write_text(SCRIPT.format(answer=answer))
        return self.workspace.services.deploy(
            NAME, entry_script=script, models=["m"], environment=Environment.from_packages([])
        )

    def deploy(self, answer: str) -> None:
        service = self.start(answer)
        service.wait_for_deployment(timeout_s=60)
        assert self.ask(service) == answer

    def ask(self, service: Service | None = None) -> object:
        service = service or self.workspace.services.get(NAME)
        try:
            return service.run(0)
        finally:
            service.close()

    def delete(self) -> None:
        """Nothing is left of it: no process, no file, no socket, no key."""
        service = self.workspace.services.find(NAME)
        if service is not None:
            service.delete()
        wait_until_nothing_runs(self.home)
        assert list(self.home.glob("workspaces/*/services/*")) == []
        assert not self.workspace._wiring.secrets.names()
        assert [p for p in Path(tempfile.gettempdir()).rglob("*") if p.is_socket()] == []

    def check_nothing_is_pending(self) -> None:
        """A revision whose deployment was killed is marked, once somebody has looked."""
        service = self.workspace.services.get(NAME)
        assert service.state is ServiceState.HEALTHY
        assert {revision.status for revision in service.revisions()} <= {"ready", "failed"}


@pytest.fixture
def scene(shared_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scene]:
    monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
    # Sockets lie there, and nobody else's: what is left of them is ours.
    with tempfile.TemporaryDirectory(prefix="b-") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        monkeypatch.setattr(tempfile, "tempdir", short)
        scene = Scene(shared_home, tmp_path)
        yield scene
        scene.delete()
        scene.workspace.delete()


def _report(tally: Tally, least: int) -> None:
    assert tally.points >= least, "the steps are not seen any more"
    assert tally.lost == 0


def test_the_first_deployment(scene: Scene) -> None:
    def check() -> None:
        service = scene.workspace.services.find(NAME)
        if service is not None:
            # Either it was cut short, and says so; or it goes on without its caller.
            error = service.error
            if error is None:
                service.wait_for_deployment(timeout_s=60)
                assert scene.ask(service) == "one"
            else:
                assert error.cause is Cause.INTERRUPTED
                assert service.state in (ServiceState.FAILED, ServiceState.UNHEALTHY)
        scene.deploy("two")
        scene.check_nothing_is_pending()

    tally = kill_and_look(
        "deploy", lambda: scene.start("one"), before=scene.delete, after=check, tries=TRIES
    )
    _report(tally, 200)


def test_an_update(scene: Scene) -> None:
    def check() -> None:
        assert scene.ask() in ("old", "new")
        assert scene.workspace.services.get(NAME).state in (
            ServiceState.HEALTHY,
            ServiceState.TRANSITIONING,
        )
        scene.deploy("newest")
        scene.check_nothing_is_pending()

    tally = kill_and_look(
        "update",
        lambda: scene.start("new"),
        before=lambda: scene.deploy("old"),
        after=check,
        tries=TRIES,
    )
    _report(tally, 150)


def test_an_update_that_needs_a_new_start(scene: Scene) -> None:
    """Another port: what runs is ended, and what was cut short says so."""
    number = 0

    def restart_elsewhere() -> None:
        script = scene.folder / "score.py"
        script.write_text(SCRIPT.format(answer="new"))
        scene.workspace.services.deploy(
            NAME,
            entry_script=script,
            models=["m"],
            environment=Environment.from_packages([]),
            memory_gb=0.5,
            host="localhost" if number % 2 else "127.0.0.1",
        )

    def before() -> None:
        nonlocal number
        number += 1
        scene.deploy("old")

    def check() -> None:
        service = scene.workspace.services.get(NAME)
        error = service.error
        if error is None:
            service.wait_for_deployment(timeout_s=60)
            assert scene.ask(service) in ("old", "new")
        elif service.state is ServiceState.HEALTHY:
            assert error.cause is Cause.INTERRUPTED
            assert scene.ask(service) == "old"
        else:
            assert error.cause in (Cause.INTERRUPTED, Cause.SERVER_DIED, Cause.STOPPED)
        scene.deploy("newest")
        scene.check_nothing_is_pending()

    tally = kill_and_look(
        "update with a new start", restart_elsewhere, before=before, after=check, tries=TRIES
    )
    _report(tally, 150)


def test_a_rollback(scene: Scene) -> None:
    def before() -> None:
        scene.deploy("first")
        scene.deploy("second")

    def check() -> None:
        assert scene.ask() in ("first", "second")
        service = scene.workspace.services.get(NAME)
        service.rollback()
        service.wait_for_deployment(timeout_s=60)
        scene.check_nothing_is_pending()

    tally = kill_and_look(
        "rollback",
        lambda: scene.workspace.services.get(NAME).rollback(),
        before=before,
        after=check,
        tries=TRIES,
    )
    _report(tally, 100)


def test_deleting(scene: Scene) -> None:
    def check() -> None:
        service = scene.workspace.services.find(NAME)
        if service is not None and service.state is ServiceState.HEALTHY:
            assert scene.ask(service) == "one"
        scene.delete()

    tally = kill_and_look(
        "delete",
        lambda: scene.workspace.services.get(NAME).delete(),
        before=lambda: scene.deploy("one"),
        after=check,
        tries=TRIES,
    )
    _report(tally, 40)
