"""What is found and removed, and what never is."""

import errno
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from support.home import Home

from brygga import Workspace
from brygga.environments import Environment
from brygga.environments.realise import environment_lock
from brygga.environments.server import carried_server
from brygga.errors import StoreError
from brygga.gc import Collector, Garbage, sweep
from brygga.store.filelock import FileLock
from brygga.store.secrets import KeyPair
from brygga.targets.local import cgroups
from brygga.targets.process.folder import ProcessFolder

LOCK = "ab" * 32


def test_the_base_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Collector()  # type: ignore[abstract]


class _Writes(Collector):
    """Can remove nothing before somebody else has made room."""

    def __init__(self, disk: list[str]) -> None:
        self._disk = disk

    def find(self) -> Iterator[Garbage]:
        yield from (Garbage("row", name, 1, "unused") for name in "ab")

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        for each in found:
            if each.name == "b" and "full" in self._disk:
                raise OSError(errno.ENOSPC, "No space left on device")
            yield each


class _Frees(_Writes):
    def find(self) -> Iterator[Garbage]:
        yield Garbage("blob", "c", 1, "unused")

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        self._disk.clear()
        yield from found


def test_what_has_to_write_waits_for_room() -> None:
    disk = ["full"]
    swept = sweep([_Writes(disk), _Frees(disk)], dry_run=False)
    assert sorted(each.name for each in swept.removed) == ["a", "b", "c"]
    with pytest.raises(OSError, match="No space left"):
        sweep([_Writes(["full"])], dry_run=False)


def test_a_fresh_home_has_none(home: Home) -> None:
    assert home.garbage() == []
    assert home.collect() == []


def test_content_goes_when_nothing_names_it(home: Home, tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"model")
    model = home.workspace.models.register("m", tmp_path / "m.pkl")
    unused = home.wiring.blobs.put_bytes(b"unused").sha256
    code = home.wiring.blobs.put_bytes(b"code").sha256
    home.deployed(code=[{"sha256": code}])
    assert home.garbage() == [("blob", unused)]
    assert home.workspace.collect_garbage(dry_run=True).size == len(b"unused")
    assert home.wiring.blobs.has(unused)
    assert home.collect() == [("blob", unused)]
    assert home.garbage() == []
    assert model.download(tmp_path / "out").read_bytes() == b"model"
    assert home.wiring.blobs.has(code)


def test_content_stays_while_somebody_takes_some_in(home: Home) -> None:
    home.wiring.blobs.put_bytes(b"unused")
    with home.wiring.blobs.keeping():
        swept = home.workspace.collect_garbage()
    assert (len(swept.found), swept.removed, swept.freed) == (1, (), 0)


def test_what_killed_writers_left_goes(home: Home) -> None:
    home.wiring.blobs.put_bytes(b"x")
    (home.folder.blobs / "sha256" / ".partial-1").write_bytes(b"half")
    found = home.workspace.collect_garbage().removed
    assert ("unfinished blob", ".partial-1", 4) in [(g.kind, g.name, g.size) for g in found]
    assert not list(home.path.rglob(".partial-*"))


def test_environments_of_kept_revisions_and_the_server_stay(home: Home) -> None:
    home.environment("kept", LOCK)
    home.environment("server", carried_server().digest)
    home.environment("old-server", "0" * 64)
    unused = home.environment("unused", "ef" * 32)
    home.deployed(lock=LOCK)
    other = Workspace.create("other", settings=home.settings)
    Home(home.settings, other).deployed(lock="11" * 32, server="0" * 64)
    home.environment("others", "11" * 32)
    assert home.garbage() == [("environment", "unused")]
    assert home.collect() == [("environment", "unused")]
    assert not unused.exists()
    left = {path.name for path in (home.path / "environments").iterdir()}
    assert left == {"kept", "server", "old-server", "others"}


def test_an_environment_that_a_running_service_names_stays_whatever_rows_say(home: Home) -> None:
    named = home.environment("named", LOCK)
    run = home.folder.services / "svc" / "run"
    run.mkdir(parents=True)
    settings = {"settings": {"python": str(named / "bin" / "python")}}
    (run / "serve.json").write_text(json.dumps(settings))
    assert ("environment", "named") not in home.garbage()


def test_an_environment_that_is_being_made_or_tried_stays(home: Home) -> None:
    unused = home.environment("unused", LOCK)
    with environment_lock(home.path, "unused").acquired(1, shared=True):
        assert home.collect() == []
    assert unused.exists()
    assert home.collect() == [("environment", "unused")]


def test_unfinished_and_broken_environments_go(home: Home) -> None:
    (home.environment("half", LOCK) / ".brygga.json").unlink()
    (home.environment("broken", LOCK) / "bin" / "python").unlink()
    home.environment(".discarded-1", LOCK)
    home.deployed(lock=LOCK)
    swept = home.workspace.collect_garbage(dry_run=True)
    assert {g.name: g.reason for g in swept.found} == {
        "half": "never finished",
        "broken": "its Python is gone",
        ".discarded-1": "left by a removal that was interrupted",
    }
    assert len(home.collect()) == 3
    assert list((home.path / "environments").iterdir()) == []


def test_rows_that_cannot_be_read_keep_everything_shared(home: Home) -> None:
    unused = home.environment("unused", LOCK)
    Workspace.create("other", settings=home.settings)
    (home.path / "workspaces/other/workspace.db").write_bytes(b"nothing" * 1000)
    with pytest.raises(StoreError, match=r"other/workspace\.db"):
        home.workspace.collect_garbage()
    assert unused.exists()


def test_old_servers_and_wheels_go(home: Home, aged: Callable[[Path], Path]) -> None:
    for folder, digest in [
        ("servers", carried_server().digest),
        ("servers", "0" * 64),
        ("servers", "1" * 64),
        ("wheels", "a" * 64),
        ("wheels", "b" * 64),
    ]:
        path = home.path / folder / digest
        path.mkdir(parents=True)
        wheel = path / "x-1.0-py3-none-any.whl"
        wheel.write_bytes(b"wheel")
        aged(wheel)
        aged(path)
    fresh = home.path / "wheels" / ("c" * 64)
    fresh.mkdir()
    sources = home.path / "wheels" / "sources"
    sources.mkdir()
    (sources / "tree").write_text("b" * 64 + "/gone.whl")
    home.deployed(server="1" * 64)
    spec = Environment(packages=(f"wheel:{'a' * 64}/x-1.0-py3-none-any.whl",)).to_dict()
    home.wiring.store.environments.add("env", spec)
    assert home.garbage() == [("server", "0" * 64), ("wheel", "b" * 64), ("source", "tree")]
    assert len(home.collect()) == 3
    assert fresh.exists()
    assert {path.name for path in (home.path / "servers").iterdir()} == {
        carried_server().digest,
        "1" * 64,
    }


def test_what_is_left_of_a_service_goes(home: Home) -> None:
    for name in ("gone", "svc"):
        logs = home.folder.services / name / "logs"
        logs.mkdir(parents=True)
        (logs / "service.log").write_bytes(b"x" * 50)
        home.wiring.secrets.set_keys(name, KeyPair("p" * 20, "s" * 20))
    home.deployed("svc")
    found = [("process service", "gone"), ("keys and secrets", "gone")]
    assert home.garbage() == found
    operation = home.wiring.services._parts.operation("gone", "deploy")
    with operation.acquired(1):
        assert home.garbage() == []
    assert home.collect() == found
    assert {path.name for path in home.folder.services.iterdir()} == {"svc"}
    assert home.wiring.secrets.names() == {"svc"}


def test_control_groups_of_services_that_were_killed_go(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.deployed(name="svc")
    service = ProcessFolder(home.folder.services / "svc")
    service.lock_file.parent.mkdir(parents=True)
    mounted = [cgroups.Mount(tmp_path / name, frozenset({name})) for name in ("cpu", "memory")]
    monkeypatch.setattr(cgroups, "_mounted", lambda: mounted)
    for mount in mounted:
        for name in (service.identity, "svc-of-another-home"):
            (mount.path / "brygga" / name / "workers-1").mkdir(parents=True)
    (tmp_path / "cpu/brygga" / service.identity / "cgroup.procs").write_text("1")
    assert home.garbage() == []
    (tmp_path / "cpu/brygga" / service.identity / "cgroup.procs").unlink()
    with FileLock(service.lock_file):
        assert home.garbage() == []

    assert home.collect() == [("control groups", "svc")]

    assert {path.name for path in tmp_path.glob("*/brygga/*")} == {"svc-of-another-home"}
    assert home.garbage() == []


def test_unfinished_workspaces_and_files_go(home: Home, aged: Callable[[Path], Path]) -> None:
    workspaces = home.path / "workspaces"
    (workspaces / "half").mkdir()
    (workspaces / "half" / "workspace.db").touch()
    (workspaces / ".discarded-1" / "blobs").mkdir(parents=True)
    (workspaces / "lost" / "blobs").mkdir(parents=True)
    old = home.folder.path / ".partial-old"
    old.write_text("a key")
    aged(old)
    young = home.folder.path / ".partial-young"
    young.write_text("a key")
    names = {Path(name).name for _, name in home.collect()}
    assert names == {"half", ".discarded-1", ".partial-old"}
    assert young.exists()
    assert (workspaces / "lost" / "blobs").is_dir()


def test_a_folder_is_at_work_while_anything_in_it_changes(
    home: Home, aged: Callable[[Path], Path]
) -> None:
    copying = home.folder.services / "svc" / "revisions" / "1" / ".partial-app"
    (copying / "azureml-models").mkdir(parents=True)
    (copying / "azureml-models" / "large").touch()
    aged(copying / "azureml-models")
    aged(copying)
    home.deployed("svc")
    assert home.collect() == []
    aged(copying / "azureml-models" / "large")
    assert home.collect() == [("unfinished folder", str(copying))]


def test_what_scripts_and_people_have_is_not_looked_at(
    home: Home, aged: Callable[[Path], Path]
) -> None:
    home.deployed("svc")
    theirs = [
        home.folder.services / "svc" / "revisions" / "1" / "app" / ".partial-x",
        home.folder.data / ".partial-x",
        home.folder.runs / "r" / "code" / ".partial-x",
    ]
    for path in theirs:
        path.parent.mkdir(parents=True)
        path.touch()
        aged(path)
    assert home.collect() == []


def test_a_workspace_that_is_being_made_stays(home: Home) -> None:
    made = home.path / "workspaces" / "half"
    made.mkdir()
    lock = home.path / "locks" / "workspace-half.lock"
    with FileLock(lock).acquired(1):
        assert home.collect() == []
    assert made.exists()


def test_interpreters_that_are_gone_are_forgotten(home: Home) -> None:
    file = home.path / "environments" / "interpreters.json"
    file.parent.mkdir()
    entry = {"path": "/nowhere/python", "version": "3.9.1", "build": "b", "platform": "p"}
    file.write_text(json.dumps({"3.9": {**entry, "stamp": "x"}}))
    assert home.collect() == [("interpreter", "3.9")]
    assert json.loads(file.read_text()) == {}


def test_rows_from_before_another_store_was_set_still_count(home: Home, tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"model")
    home.workspace.models.register("m", tmp_path / "m.pkl")
    home.environment("kept", LOCK)
    home.deployed(lock=LOCK)
    settings = home.settings.__class__(home.path, store_url=f"sqlite:///{tmp_path}/shared.db")
    assert Workspace.get("team", settings=settings).collect_garbage().found == ()


def test_nothing_outside_is_followed(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    unused = home.environment("unused", LOCK)
    (unused / "link").symlink_to(outside)
    home.collect()
    assert not unused.exists()
    assert (outside / "precious").exists()
