"""Whenever locking, realising or bundling is killed, the next one finds nothing half made."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command import wait_until_nothing_runs
from support.hard_stop import kill_and_look

from brygga import Environment, Workspace
from brygga.environments import Lock, get_lock
from brygga.environments.verify import find_damage
from brygga.images.assemble import Ingredients
from brygga.operations import SILENT
from brygga.settings import Settings

SIX = Environment.from_packages(["six==1.17.0"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def reset(tmp_path: Path, settings: Settings) -> Callable[[], None]:
    """Puts the home back to an empty workspace."""
    template = tmp_path / "template"
    Workspace.create("team", settings=Settings(home=template))

    def reset() -> None:
        shutil.rmtree(settings.home, ignore_errors=True)
        shutil.copytree(template, settings.home)

    return reset


def _open(settings: Settings) -> Workspace:
    return Workspace.get("team", settings=settings)


def test_locking(settings: Settings, reset: Callable[[], None]) -> None:
    locked: set[str] = set()

    def check() -> None:
        wait_until_nothing_runs(settings.home)
        lock = _open(settings).environments.lock(SIX)
        assert lock.packages == ("six==1.17.0",)
        locked.add(lock.digest)
        assert _open(settings).collect_garbage().found == ()

    kill_and_look(
        "lock",
        lambda: _open(settings).environments.lock(SIX),
        before=reset,
        after=check,
        tries=10,
    )
    assert len(locked) == 1


def test_realising(settings: Settings, tmp_path: Path, reset: Callable[[], None]) -> None:
    reset()
    text = _open(settings).environments.lock(SIX).text

    def realise() -> None:
        _open(settings)._wiring._realiser.realise(Lock.read(text))

    def check() -> None:
        # At once, while what the killed one has started may still be at work.
        realised = _open(settings)._wiring._realiser.realise(Lock.read(text))
        assert find_damage(realised.path) == ()
        code = "import six; print(six.__version__)"
        done = subprocess.run([realised.python, "-c", code], capture_output=True, check=True)
        assert done.stdout == b"1.17.0\n"
        wait_until_nothing_runs(settings.home)
        assert find_damage(realised.path) == ()
        assert [path.name for path in (settings.home / "environments").iterdir()] == [
            realised.digest
        ]

    kill_and_look("realise", realise, before=reset, after=check, tries=10)


def test_bundling(settings: Settings, tmp_path: Path, reset: Callable[[], None]) -> None:
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(data): return data\n")
    wanted = Ingredients(tmp_path / "score.py", environment=SIX)
    digests: set[str] = set()

    def bundle() -> None:
        workspace = _open(settings)
        with workspace._wiring.blobs.keeping():
            workspace.images.assembler.assemble(wanted, SILENT)

    def check() -> None:
        workspace = _open(settings)
        assert workspace.services.list() == []
        assert workspace.images.list() == []
        workspace.collect_garbage()
        assert list((settings.home / "workspaces").rglob("blobs/sha256/*/*")) == []
        assert list((settings.home / "workspaces").rglob(".partial-*")) == []
        with workspace._wiring.blobs.keeping():
            made = workspace.images.assembler.assemble(wanted, SILENT)
        digests.add(made.digest)
        assert get_lock(workspace._wiring.store.locks, made.lock).packages == ("six==1.17.0",)
        with workspace._wiring.blobs.open(made.code[0].sha256) as code:
            assert code.read() == (tmp_path / "score.py").read_bytes()

    kill_and_look("bundle", bundle, before=reset, after=check, tries=10)
    assert len(digests) == 1
