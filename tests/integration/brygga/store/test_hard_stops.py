"""Whenever a process is killed, what is kept stays whole and the next one goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hard_stop import kill_everywhere

from brygga import Workspace
from brygga.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"a" * 10)
    (folder / "b.bin").write_bytes(b"b" * 10)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def reset(tmp_path: Path, settings: Settings, folder: Path) -> Callable[[], None]:
    """Puts the home back to one workspace with one model."""
    template = tmp_path / "template"
    workspace = Workspace.create("team", settings=Settings(home=template))
    workspace.models.register("m", folder, tags={"k": "v"})

    def reset() -> None:
        shutil.rmtree(settings.home, ignore_errors=True)
        shutil.copytree(template, settings.home)

    return reset


def _check_models(settings: Settings, folder: Path, expected: set[tuple[int, ...]]) -> None:
    """Every model there is can be had whole, and the next one is registered as if nothing was."""
    workspace = Workspace.get("team", settings=settings)
    out = folder.parent / "out"
    versions = tuple(model.version for model in workspace.models.list())
    assert versions in expected
    for model in workspace.models.list():
        assert model.tags == {"k": "v"}
        written = model.download(out / str(model.version))
        assert (written / "b.bin").read_bytes() == b"b" * 10
    added = workspace.models.register("m", folder, tags={"k": "v"})
    assert added.version > max(versions, default=0)
    assert added.download(out / "added").is_dir()
    assert not list(settings.home.rglob(".partial-*"))
    shutil.rmtree(out)


def test_registering(settings: Settings, folder: Path, reset: Callable[[], None]) -> None:
    def register() -> None:
        models = Workspace.get("team", settings=settings).models
        models.register("m", folder, tags={"k": "v"})

    stops = list(
        kill_everywhere(
            register,
            before=reset,
            after=lambda: _check_models(settings, folder, {(1,), (1, 2)}),
        )
    )
    assert len(stops) > 40
    assert stops[-1] == len(stops)


def test_deleting_a_model(settings: Settings, folder: Path, reset: Callable[[], None]) -> None:
    stops = list(
        kill_everywhere(
            lambda: Workspace.get("team", settings=settings).models.get("m").delete(),
            before=reset,
            after=lambda: _check_models(settings, folder, {(1,), ()}),
        )
    )
    assert len(stops) > 20


def test_deleting_a_workspace(settings: Settings, folder: Path, reset: Callable[[], None]) -> None:
    def check() -> None:
        there = [workspace.name for workspace in Workspace.list(settings=settings)]
        assert there in ([], ["team"])
        workspace = Workspace.create("team", exist_ok=True, settings=settings)
        workspace.models.register("m", folder, tags={"k": "v"})
        workspace.delete()
        assert list((settings.home / "workspaces").iterdir()) == []

    stops = list(
        kill_everywhere(
            lambda: Workspace.get("team", settings=settings).delete(), before=reset, after=check
        )
    )
    assert len(stops) > 20


def test_creating_a_workspace(settings: Settings, folder: Path) -> None:
    def check() -> None:
        workspace = Workspace.create("team", exist_ok=True, settings=settings)
        assert workspace.models.register("m", folder).version == 1
        assert [w.name for w in Workspace.list(settings=settings)] == ["team"]

    stops = list(
        kill_everywhere(
            lambda: Workspace.create("team", settings=settings),
            before=lambda: shutil.rmtree(settings.home, ignore_errors=True),
            after=check,
            every=7,  # migrating takes hundreds of steps, all of them in one transaction
        )
    )
    assert len(stops) > 20
