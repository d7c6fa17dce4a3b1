"""Whose a service is: of a machine, and of a home on it."""

from pathlib import Path

import pytest

from brygga.errors import InvalidInputError
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.rows import Whereabouts
from brygga.targets.local.host import this_place
from brygga.targets.process.folder import ProcessFolder
from brygga.targets.process.target import ProcessTarget


def _target(home: Path) -> ProcessTarget:
    def realise(digest: str, _progress: object) -> object:
        raise AssertionError(f"{digest} is not asked for")

    return ProcessTarget(
        home / "workspaces/default/services",
        home,
        blobs=BlobStore(home / "blobs"),
        environment=realise,  # type: ignore[arg-type]
        server=realise,  # type: ignore[arg-type]
    )


def test_what_this_home_deploys_is_its_own(tmp_path: Path) -> None:
    target = _target(tmp_path)

    assert target.elsewhere("svc", target.place) is None
    target.require_here("svc", target.place)


def test_a_home_that_is_reached_by_another_path_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")

    assert _target(tmp_path / "link").place == _target(tmp_path / "home").place


def test_another_machine_is_named(tmp_path: Path) -> None:
    place = Whereabouts("pluto", str(tmp_path))

    with pytest.raises(InvalidInputError, match="'svc' runs on 'pluto', this is") as caught:
        _target(tmp_path).require_here("svc", place)

    assert caught.value.hint == "Ask for it on 'pluto'."
    found = _target(tmp_path).elsewhere("svc", place)
    assert found is not None
    assert found.where == "on pluto"


def test_another_home_of_this_machine_is_named(tmp_path: Path) -> None:
    other = this_place(tmp_path / "the other")

    with pytest.raises(InvalidInputError, match="from another home of this host, at") as caught:
        _target(tmp_path).require_here("svc", other)

    assert caught.value.hint == f"Ask for it with BRYGGA_HOME='{tmp_path}/the other'"


def test_what_is_there_is_not_forgotten(tmp_path: Path) -> None:
    home = tmp_path / "the other"
    other, target = this_place(home), _target(tmp_path)
    there = home / "workspaces/default/services/svc"
    with pytest.raises(InvalidInputError, match="within reach") as caught:
        target.forget("svc", target.place)
    assert caught.value.hint == "Delete it with `ws.services.get('svc').delete()`."

    there.mkdir(parents=True)
    with pytest.raises(
        InvalidInputError, match=f"what it is made of is there, in {there}"
    ) as caught:
        target.forget("svc", other)
    assert caught.value.hint == f"Ask for it with BRYGGA_HOME='{home}'"

    there.rmdir()
    target.forget("svc", other)


def test_of_another_machine_only_what_is_seen_to_run_is_not_forgotten(tmp_path: Path) -> None:
    """A disk that two machines share, or one machine under a new name."""
    target, place = _target(tmp_path), Whereabouts("pluto", str(tmp_path))
    target.forget("svc", Whereabouts("pluto", "/nowhere"))
    folder = ProcessFolder(tmp_path / "workspaces/default/services/svc")
    folder.lock_file.parent.mkdir(parents=True)
    with FileLock(folder.lock_file), pytest.raises(InvalidInputError, match="runs on 'pluto'"):
        target.forget("svc", place)

    target.forget("svc", place)

    assert not folder.path.exists()


def test_of_a_row_from_before_homes_were_noted_the_folder_tells(tmp_path: Path) -> None:
    target, unknown = _target(tmp_path), Whereabouts(this_place(tmp_path).host, None)
    with pytest.raises(InvalidInputError, match="from another home of this host"):
        target.require_here("svc", unknown)

    (tmp_path / "workspaces/default/services/svc").mkdir(parents=True)

    target.require_here("svc", unknown)
