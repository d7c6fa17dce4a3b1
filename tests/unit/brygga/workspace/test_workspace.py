import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.unprivileged import unprivileged

from brygga import (
    AlreadyExistsError,
    InUseError,
    InvalidInputError,
    InvalidNameError,
    NotFoundError,
    StoreError,
    Workspace,
)
from brygga.settings import Settings
from brygga.store.store import open_store
from brygga.testing.stores import KEY, a_revision
from brygga.workspace import collect_all_garbage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"a model")
    return path


def test_a_workspace_is_made_and_found(file: Path) -> None:
    made = Workspace.create("team")
    assert (made.name, made.subscription_id, made.resource_group) == ("team", "local", "local")
    made.models.register("m", file)
    found = Workspace.get("team")
    assert found == made
    assert [m.id for m in found.models.list()] == ["m:1"]
    assert repr(found) == (
        "Workspace(name='team', subscription_id='local', resource_group='local')"
    )


def test_a_name_alone_finds_the_only_one_of_that_name() -> None:
    made = Workspace.create("docs-ws", subscription_id="s1", resource_group="g1")
    assert Workspace.get("docs-ws") == made
    other = Workspace.create("docs-ws", subscription_id="s1", resource_group="g2")
    with pytest.raises(InvalidInputError, match=r"2 workspaces .* s1/g1/docs-ws or s1/g2/docs-ws"):
        Workspace.get("docs-ws")
    assert Workspace.get("s1/g2/docs-ws") == other
    assert Workspace.get("docs-ws", resource_group="g1") == made
    with pytest.raises(NotFoundError):
        Workspace.get("docs-ws", subscription_id="s2", resource_group="g1")
    native = Workspace.create("docs-ws")
    assert Workspace.get("docs-ws") == native


def test_making_it_twice_is_refused_unless_allowed() -> None:
    Workspace.create("team")
    with pytest.raises(
        AlreadyExistsError, match=r"'team' exists already.*Workspace\.get\('team'\)"
    ):
        Workspace.create("team")
    assert Workspace.create("team", exist_ok=True).name == "team"


def test_a_missing_one_says_how_to_make_it() -> None:
    with pytest.raises(NotFoundError, match=r"Workspace\.create\('team'\)"):
        Workspace.get("team")
    with pytest.raises(NotFoundError, match="subscription_id='s', resource_group='g'"):
        Workspace.get("team", subscription_id="s", resource_group="g")


def test_the_default_is_made_at_its_first_use(home: Path) -> None:
    assert Workspace.list() == []
    assert not home.exists()
    assert Workspace.get("default").models.list() == []
    assert [w.name for w in Workspace.list()] == ["default"]


def test_names_are_distinct_in_each_resource_group(home: Path, file: Path) -> None:
    one = Workspace.create("ws")
    two = Workspace.create("ws", subscription_id="s", resource_group="g")
    one.models.register("m", file)
    assert two.models.list() == []
    assert one != two
    assert Workspace.get("ws", subscription_id="s", resource_group="g") == two
    assert len(Workspace.list()) == 2
    folders = sorted(p.name for p in (home / "workspaces").iterdir())
    assert folders[0] == "ws"
    assert folders[1].startswith("ws-")


@pytest.mark.parametrize("name", ["", "a", "-a", "a/b", "../x", "a b", "a.b", "a" * 34, "ü1"])
def test_names_that_break_the_rule_are_refused(name: str) -> None:
    with pytest.raises(InvalidNameError, match="2 to 33 letters"):
        Workspace.create(name)


def test_groups_that_break_the_rule_are_refused() -> None:
    with pytest.raises(InvalidNameError, match="resource group"):
        Workspace.create("team", resource_group="a/b")


def test_deleting_removes_everything_and_is_idempotent(home: Path, file: Path) -> None:
    workspace = Workspace.create("team")
    workspace.models.register("m", file)
    workspace.delete()
    workspace.delete()
    assert Workspace.list() == []
    assert list((home / "workspaces").iterdir()) == []
    assert Workspace.create("team").models.list() == []


def test_a_workspace_with_services_is_not_deleted(home: Path, file: Path) -> None:
    workspace = Workspace.get("default")
    workspace.models.register("m", file)
    database = home / "workspaces/default/workspace.db"
    open_store(f"sqlite:///{database}", KEY).services.add_revision(a_revision("my-svc"))
    with pytest.raises(InUseError, match="the service 'my-svc'"):
        workspace.delete()
    assert [m.id for m in workspace.models.list()] == ["m:1"]


def test_many_may_make_the_default_at_once() -> None:
    failures: list[BaseException] = []

    def use() -> None:
        try:
            Workspace.from_config().models.list()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_workspace_that_was_half_made_is_not_there(home: Path) -> None:
    Workspace.create("team")
    (home / "workspaces/team/workspace.json").unlink()
    assert Workspace.list() == []
    assert Workspace.create("team").models.list() == []


def test_a_lost_database_is_not_replaced_by_an_empty_one(home: Path) -> None:
    Workspace.create("team")
    (home / "workspaces/team/workspace.db").unlink()
    with pytest.raises(StoreError, match=r"workspace\.db is missing\. Restore it"):
        Workspace.get("team").models.list()


def test_a_database_that_was_emptied_is_refused_and_nothing_is_collected(
    home: Path, file: Path
) -> None:
    """As a full disk or a copy that was cut short leaves it: all contents would look unused."""
    model = Workspace.create("team").models.register("m", file)
    database = home / "workspaces/team/workspace.db"
    for part in home.glob("workspaces/team/workspace.db*"):
        part.unlink()
    database.touch()
    workspace = Workspace.get("team")

    commands: tuple[Callable[[], object], ...] = (
        lambda: workspace.models.get("m"),
        lambda: workspace.services.get("svc"),
        workspace.collect_garbage,
        collect_all_garbage,
        workspace.delete,
        lambda: workspace.models.register("m", file),
    )
    for command in commands:
        with pytest.raises(StoreError, match=r"workspace\.db is empty, and it was not"):
            command()

    assert database.read_bytes() == b""
    digest = model.sha256
    assert (home / f"workspaces/team/blobs/sha256/{digest[:2]}/{digest[2:]}").is_file()


def test_a_folder_of_another_workspace_is_reported(home: Path) -> None:
    Workspace.create("team")
    shutil.copytree(home / "workspaces/team", home / "workspaces/other")
    with pytest.raises(StoreError, match="is of the workspace 'team'"):
        Workspace.get("other")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "team"}'])
def test_a_damaged_marker_is_reported(home: Path, text: str) -> None:
    Workspace.create("team")
    (home / "workspaces/team/workspace.json").write_text(text)
    with pytest.raises(StoreError, match="does not say which workspace"):
        Workspace.get("team")


def test_a_home_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    settings = Settings(home=tmp_path / "closed")
    with unprivileged(tmp_path), pytest.raises(StoreError, match="BRYGGA_HOME"):
        Workspace.create("team", settings=settings)


def test_only_the_owner_looks_into_it(home: Path) -> None:
    Workspace.create("team")
    assert (home / "workspaces/team").stat().st_mode & 0o077 == 0


def test_another_store_may_be_set(home: Path, tmp_path: Path, file: Path) -> None:
    shared = tmp_path / "shared.db"
    settings = Settings(home=home, store_url=f"sqlite:///{shared}")
    for name in ("one", "two"):
        workspace = Workspace.create(name, settings=settings)
        assert workspace.models.register("m", file).version == 1
    assert shared.is_file()
    assert not (home / "workspaces/one/workspace.db").exists()
    Workspace.get("one", settings=settings).delete()
    assert [m.id for m in Workspace.get("two", settings=settings).models.list()] == ["m:1"]


def test_the_marker_holds_no_path(home: Path) -> None:
    Workspace.create("team", subscription_id="s", resource_group="g")
    (marker,) = home.glob("workspaces/*/workspace.json")
    assert json.loads(marker.read_text()) == {
        "version": 1,
        "subscription_id": "s",
        "resource_group": "g",
        "name": "team",
    }
