"""Credentials as Docker, Podman and their helpers keep them."""

import base64
import json
import os
from pathlib import Path

import pytest

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.credentials import DockerCredentials


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def written(folder: Path, content: object) -> DockerCredentials:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(content))
    return DockerCredentials.of({"DOCKER_CONFIG": str(folder)}, folder / "home")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helper that says what is in a file."""
    program = tmp_path / "bin/docker-credential-test"
    program.parent.mkdir()
    answer = tmp_path / "answer"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/asked\n. {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return answer


@pytest.mark.parametrize("key", ["r.io", "https://r.io", "https://r.io/v2/", "http://r.io/v1"])
def test_however_the_registry_is_written(tmp_path: Path, key: str) -> None:
    found = written(tmp_path, {"auths": {key: {"auth": encoded("me:a:b")}}}).find("r.io")

    assert found is not None
    assert (found.user, found.secret) == ("me", "a:b")
    assert found.source == str(tmp_path / "config.json")
    assert "a:b" not in repr(found)


def test_of_another_registry_there_are_none(tmp_path: Path) -> None:
    credentials = written(tmp_path, {"auths": {"r.io": {"auth": encoded("me:x")}, "bare.io": {}}})

    assert credentials.find("other.io") is None
    assert credentials.find("bare.io") is None
    assert credentials.pull_secret("other.io") is None


def test_docker_hub_has_a_name_of_its_own(tmp_path: Path) -> None:
    key = "https://index.docker.io/v1/"
    credentials = written(tmp_path, {"auths": {key: {"auth": encoded("me:x")}}})

    assert credentials.find("docker.io") is not None
    assert key in json.loads(credentials.pull_secret("docker.io") or "")["auths"]


def test_podman_is_asked_where_docker_knows_nothing(tmp_path: Path) -> None:
    run = tmp_path / "run/containers"
    run.mkdir(parents=True)
    (run / "auth.json").write_text(json.dumps({"auths": {"r.io": {"auth": encoded("pod:x")}}}))

    credentials = DockerCredentials.of({"XDG_RUNTIME_DIR": str(tmp_path / "run")}, tmp_path)

    found = credentials.find("r.io")
    assert found is not None
    assert found.user == "pod"


def test_a_helper_is_asked(tmp_path: Path, helper: Path) -> None:
    helper.write_text("""echo '{"Username": "me", "Secret": "from helper"}'\n""")

    found = written(tmp_path / "c", {"credHelpers": {"r.io": "test"}}).find("r.io")

    assert found is not None
    assert (found.user, found.secret) == ("me", "from helper")
    assert (tmp_path / "asked").read_text() == "r.io"


def test_a_store_may_have_a_token_for_the_user(tmp_path: Path, helper: Path) -> None:
    helper.write_text("""echo '{"Username": "<token>", "Secret": "refresh"}'\n""")
    credentials = written(tmp_path / "c", {"credsStore": "test"})

    found = credentials.find("r.io")

    assert found is not None
    assert (found.user, found.identity_token) == ("", "refresh")
    secret = json.loads(credentials.pull_secret("r.io") or "")
    assert secret == {"auths": {"r.io": {"identitytoken": "refresh"}}}


def test_a_helper_that_has_none_leaves_what_the_file_has(tmp_path: Path, helper: Path) -> None:
    helper.write_text("echo 'credentials not found in native keychain'; exit 1\n")
    entry = {"credsStore": "test", "auths": {"r.io": {"auth": encoded("me:x")}}}

    found = written(tmp_path / "c", entry).find("r.io")

    assert found is not None
    assert found.user == "me"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"credsStore": "there-is-none"}, "docker-credential-there-is-none cannot be asked"),
        ({"auths": {"r.io": {"auth": "%"}}}, "is not base64"),
        ({"credHelpers": {"r.io": "test"}}, "docker-credential-test says: the keychain is locked"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, helper: Path, content: object, said: str
) -> None:
    helper.write_text("echo 'the keychain is locked' >&2; exit 1\n")

    with pytest.raises(RegistryError, match=said) as caught:
        written(tmp_path / "c", content).find("r.io")

    assert caught.value.code is ErrorCode.REGISTRY_CREDENTIALS_UNUSABLE


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")

    with pytest.raises(RegistryError, match=r"config\.json cannot be read"):
        DockerCredentials.of({"DOCKER_CONFIG": str(tmp_path)}, tmp_path).find("r.io")


def test_a_cluster_pulls_with_the_same(tmp_path: Path) -> None:
    auths = {"r.io": {"auth": encoded("me:x")}, "other.io": {"auth": encoded("you:y")}}

    secret = json.loads(written(tmp_path, {"auths": auths}).pull_secret("r.io") or "")

    entry = {"username": "me", "password": "x", "auth": encoded("me:x")}
    assert secret == {"auths": {"r.io": entry}}
