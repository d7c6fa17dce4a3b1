"""Where an engine is looked for, and what is said where none answers."""

import sys
from pathlib import Path

import pytest

from brygga.errors import EngineUnavailableError
from brygga.images.engine import addresses, connect


def test_docker_host_stands_alone() -> None:
    assert addresses({"DOCKER_HOST": "tcp://there:1"}, Path("/home/me")) == ["tcp://there:1"]


def test_the_usual_sockets_of_docker_and_podman() -> None:
    assert addresses({"XDG_RUNTIME_DIR": "/run/user/7"}, Path("/home/me")) == [
        "unix:///var/run/docker.sock",
        "unix:///home/me/.docker/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///run/user/7/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    ]


def test_where_none_answers_it_says_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    with pytest.raises(EngineUnavailableError, match="no such socket") as caught:
        connect()

    assert caught.value.tried == ((f"unix://{tmp_path}/none.sock", "no such socket"),)
    assert "DOCKER_HOST" in caught.value.hint


def test_what_is_no_engine_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file.sock").write_text("")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/file.sock")

    with pytest.raises(EngineUnavailableError, match=r"file\.sock"):
        connect()


def test_without_the_package_it_is_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)

    with pytest.raises(EngineUnavailableError, match="package docker is not installed") as caught:
        connect()

    assert caught.value.hint == "Install it: `pip install 'brygga[containers]'`."
