"""Two homes of one machine with one store: each sees what is the other's, and leaves it alone."""

import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.postgres import find_binary, running_server

from brygga import (
    Environment,
    InUseError,
    InvalidInputError,
    Service,
    Workspace,
)
from brygga.settings import Settings
from brygga.workspace import collect_all_garbage

SCRIPT = "def init(): ...\ndef run(data): return 'of the first home'\n"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store')}/rows.db"
        return
    if find_binary("initdb") is None:
        assert os.environ.get("CI") != "true", "PostgreSQL is not installed"
        pytest.skip("PostgreSQL is not installed")
    with running_server() as url:
        yield url


def _workspace(home: Path, store_url: str) -> Workspace:
    settings = Settings(home=home, store_url=store_url)
    return Workspace.create("shared", exist_ok=True, settings=settings)


@pytest.fixture
def first(shared_home: Path, store_url: str) -> Iterator[Workspace]:
    workspace = _workspace(shared_home, store_url)
    yield workspace
    for service in workspace.services.list():
        service.delete()
    workspace.delete()


@pytest.fixture
def second(first: Workspace, tmp_path: Path, store_url: str) -> Workspace:
    assert first.name == "shared"
    return _workspace(tmp_path / "second", store_url)


def _deploy(workspace: Workspace, folder: Path) -> Service:
    script = folder / "score.py"
    script.write_text(SCRIPT)
    return workspace.services.deploy(
        "svc", entry_script=script, models=["m"], environment=Environment.from_packages([])
    )


def test_the_others_service_is_seen_and_left_alone(
    first: Workspace, second: Workspace, shared_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.bin").write_text("model")
    model = first.models.register("m", tmp_path / "m.bin")
    service = _deploy(first, tmp_path)
    service.wait_for_deployment(timeout_s=60)

    (seen,) = second.services.list()
    assert seen.elsewhere == f"from another home of this host, at {shared_home}"
    assert (seen.name, seen.is_here, seen.models) == ("svc", False, ("m:1",))
    way_out = f"Ask for it with BRYGGA_HOME={shlex.quote(str(shared_home))}"
    actions: tuple[Callable[[], object], ...] = (
        seen.restart,
        seen.stop,
        seen.rollback,
        seen.get_keys,
        lambda: _deploy(second, tmp_path),
    )
    for action in actions:
        with pytest.raises(InvalidInputError, match="from another home of this host") as caught:
            action()
        assert caught.value.hint == way_out
    with pytest.raises(InvalidInputError, match="from another home of this host") as caught:
        seen.delete()
    assert caught.value.hint.startswith(f"{way_out}; if that is gone for good: ")
    with pytest.raises(InvalidInputError, match="what it is made of is there"):
        seen.forget()
    with pytest.raises(InUseError, match="svc revision 1"):
        second.models.get("m").delete()
    collect_all_garbage(settings=second._settings)

    assert service.run({}) == "of the first home"
    assert (service.state, service.error) == ("Healthy", None)
    assert [r.status for r in service.revisions()] == ["ready"]
    assert model.download(tmp_path / "again").read_text() == "model"
