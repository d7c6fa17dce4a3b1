"""Collecting garbage is killed anywhere, and runs while others take content in."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hard_stop import kill_and_look
from support.home import Home

from brygga import Workspace
from brygga.settings import Settings
from brygga.workspace import collect_all_garbage

LOCK = "ab" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    settings = Settings(home=tmp_path / "home")
    return Home(settings, Workspace.create("team", settings=settings))


@pytest.fixture
def reset(tmp_path: Path, home: Home) -> Callable[[], None]:
    """Puts the home back to one with what is needed, and with garbage of every kind."""
    settings = Settings(home=tmp_path / "template")
    template = Home(settings, Workspace.create("team", settings=settings))
    (tmp_path / "m.pkl").write_bytes(b"model")
    template.workspace.models.register("m", tmp_path / "m.pkl")
    template.deployed(lock=LOCK)
    template.environment("kept", LOCK)
    for n in range(3):
        template.wiring.blobs.put_bytes(b"unused %d" % n)
        template.environment(f"unused-{n}", "ef" * 32)
        lost = template.folder.services / f"lost-{n}" / "logs"
        lost.mkdir(parents=True)
        (lost / "service.log").write_text("log")

    def reset() -> None:
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(settings.home, home.path)

    return reset


def test_killed_anywhere_it_loses_nothing_and_the_next_one_finishes(
    home: Home, reset: Callable[[], None], tmp_path: Path
) -> None:
    def collect() -> None:
        collect_all_garbage(settings=home.settings)

    def check() -> None:
        fresh = Home(home.settings, Workspace.get("team", settings=home.settings))
        fresh.collect()
        assert fresh.garbage() == []
        assert [p.name for p in (home.path / "environments").iterdir()] == ["kept"]
        assert list(fresh.folder.services.iterdir()) == []
        written = fresh.workspace.models.get("m").download(tmp_path / "out", exist_ok=True)
        assert written.read_bytes() == b"model"

    tally = kill_and_look("gc", collect, before=reset, after=check, tries=20)
    assert tally.points > 300


REGISTER = """
import sys
from pathlib import Path
from brygga import Workspace
from brygga.settings import Settings

models = Workspace.get("team", settings=Settings(home=Path(sys.argv[1]))).models
for _ in range(15):
    first = models.register("again", sys.argv[2])
    second = models.register("again", sys.argv[2])
    second.delete()
    first.delete()
models.register("again", sys.argv[2])
"""


def test_content_that_comes_and_goes_is_never_lost_to_it(
    home: Home, reset: Callable[[], None], tmp_path: Path
) -> None:
    """Two processes register and delete the same content, while this one collects."""
    reset()
    (tmp_path / "same.bin").write_bytes(b"the same")
    command = [sys.executable, "-c", REGISTER, str(home.path), str(tmp_path / "same.bin")]
    writers = [subprocess.Popen(command) for _ in range(2)]
    rounds = 0
    while any(writer.poll() is None for writer in writers):
        home.workspace.collect_garbage()
        rounds += 1
    assert [writer.returncode for writer in writers] == [0, 0]
    assert rounds > 1
    for model in home.workspace.models.list("again"):
        written = model.download(tmp_path / "out", exist_ok=True)
        assert written.read_bytes() == b"the same"
