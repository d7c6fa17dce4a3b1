"""What the oldest and the newest uv that Brygga allows say of a failure becomes the same error."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.cache import ROOT
from support.environments import uv_program
from support.index import make_authority, make_wheel, serving

from brygga import Environment, Workspace
from brygga.environments import IndexOptions
from brygga.environments.interpreters import Interpreters, calling, found_versions
from brygga.environments.uv import run_uv
from brygga.errors import PackageIndexError, PackageNotFoundError, PackagingError, ResolutionError
from brygga.operations import SILENT
from brygga.settings import Settings


def bounds() -> tuple[str, str]:
    """The lower bound alone, and the upper bound alone, of what the distribution asks for."""
    project = tomllib.loads((ROOT / "packages/brygga/pyproject.toml").read_text())["project"]
    (asked,) = (r for r in map(Requirement, project["dependencies"]) if r.name == "uv")
    by_operator = {each.operator: each.version for each in asked.specifier}
    return f"uv=={by_operator['>=']}", f"uv<{by_operator['<']}"


@pytest.fixture(scope="module", params=bounds())
def program(request: pytest.FixtureRequest) -> Path:
    return uv_program(request.param)


@pytest.fixture(autouse=True)
def _this_uv(program: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("brygga.environments.uv._binary", lambda: str(program))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create("team", settings=Settings(home=tmp_path / "home"))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    make_wheel(folder, "inhouse", "1.0")
    make_wheel(folder, "inhouse", "2.0", requires=("inhouse-base>=1",))
    make_wheel(folder, "inhouse-base", "1.5")
    make_wheel(folder, "lonely", "1.0", requires=("nowhere-to-be-found",))
    make_wheel(folder, "early", "1.0b1")
    make_wheel(folder, "wants-old", "1.0", requires=("inhouse<2",))
    return folder


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexOptions]:
    with serving(wheels) as server:
        yield IndexOptions(server.url())


def lock(workspace: Workspace, index: IndexOptions, *packages: str) -> tuple[str, ...]:
    asked = Environment.from_packages(list(packages), index=index)
    return workspace.environments.lock(asked).packages


def test_the_version_is_the_one_that_was_asked_for(
    program: Path, request: pytest.FixtureRequest
) -> None:
    said = run_uv("--version").output
    wanted = Requirement(request.node.callspec.params["program"]).specifier
    found = re.search(r"\d+\.\d+\.\d+", said)
    assert found is not None
    assert found[0] in wanted


def test_packages_are_locked_and_realised(workspace: Workspace, index: IndexOptions) -> None:
    asked = Environment.from_packages(["inhouse"], index=index)
    locked = workspace.environments.lock(asked)
    assert locked.packages == ("inhouse==2.0", "inhouse-base==1.5")
    realised = workspace._wiring._realise(locked.digest, SILENT)
    assert list(realised.path.glob("lib/python*/site-packages/inhouse.py"))


def test_interpreters_are_found(tmp_path: Path) -> None:
    assert calling().version in found_versions()
    assert Interpreters(tmp_path, downloads="never").find(calling().minor) == calling()


def test_a_package_that_does_not_exist(workspace: Workspace, index: IndexOptions) -> None:
    with pytest.raises(PackageNotFoundError) as raised:
        lock(workspace, index, "inhouse", "scikit-lern")
    assert raised.value.name == "scikit-lern"
    assert "scikit-learn" in raised.value.near


def test_a_package_that_another_one_needs(workspace: Workspace, index: IndexOptions) -> None:
    with pytest.raises(ResolutionError) as raised:
        lock(workspace, index, "lonely")
    assert "nowhere-to-be-found was not found" in raised.value.explanation
    assert raised.value.explanation.startswith("Because ")


def test_versions_that_exclude_each_other(workspace: Workspace, index: IndexOptions) -> None:
    with pytest.raises(ResolutionError) as raised:
        lock(workspace, index, "inhouse>=2", "wants-old")
    said = raised.value.explanation
    assert said.startswith("Because ")
    assert "inhouse<2" in said
    assert said.isascii(), "what uv draws for terminals is left out"


def test_nothing_but_prereleases(workspace: Workspace, index: IndexOptions) -> None:
    with pytest.raises(ResolutionError) as raised:
        lock(workspace, index, "early>=1.0b1,!=1.0b1")
    assert "early" in raised.value.explanation


def test_an_index_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(PackageIndexError, match="cannot be reached"):
        lock(workspace, IndexOptions("http://127.0.0.1:9/simple"), "inhouse")


def test_an_index_that_wants_credentials(workspace: Workspace, wheels: Path) -> None:
    with (
        serving(wheels, credentials="ada:secret") as server,
        pytest.raises(PackageIndexError, match="refuses"),
    ):
        lock(workspace, IndexOptions(server.url("ada:wrong")), "inhouse")


def test_a_certificate_that_is_not_trusted(
    workspace: Workspace, wheels: Path, tmp_path: Path
) -> None:
    _, certificate, key = make_authority(tmp_path)
    with (
        serving(wheels, tls=(certificate, key)) as server,
        pytest.raises(PackageIndexError, match="not trusted"),
    ):
        lock(workspace, IndexOptions(server.url(scheme="https")), "inhouse")


def test_a_package_that_was_changed(
    workspace: Workspace, index: IndexOptions, wheels: Path
) -> None:
    asked = Environment.from_packages(["inhouse==1.0"], index=index)
    locked = workspace.environments.lock(asked)
    make_wheel(wheels, "inhouse", "1.0", requires=("inhouse-base",))
    with pytest.raises(PackagingError, match="not the one that was locked"):
        workspace._wiring._realise(locked.digest, SILENT)
