"""The environments people really have: private indexes, proxies, own authorities, local wheels."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.index import make_authority, make_wheel, proxying, serving

from brygga import Environment, Workspace
from brygga.environments import IndexOptions, Lock, RealisedEnvironment
from brygga.environments.interpreters import calling, found_versions
from brygga.errors import (
    InvalidInputError,
    PackageIndexError,
    PackagingError,
    PythonNotFoundError,
)
from brygga.operations import SILENT
from brygga.settings import Settings

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither proxies nor a cache from elsewhere, where another test has left the same names."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create("team", settings=Settings(home=tmp_path / "home"))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    make_wheel(folder, "inhouse", "1.0")
    make_wheel(folder, "inhouse", "2.0", requires=("inhouse-base>=1",))
    make_wheel(folder, "inhouse-base", "1.5")
    return folder


def realise(workspace: Workspace, digest: str) -> RealisedEnvironment:
    """As a deployment does, from what the store has and nothing else."""
    again = Workspace.get(workspace.name, settings=workspace._settings)
    return again._wiring._realise(digest, SILENT)


def version(realised: RealisedEnvironment, module: str = "inhouse") -> str:
    code = f"import {module}; print({module}.VERSION)"
    done = subprocess.run([realised.python, "-I", "-c", code], capture_output=True, check=True)
    return done.stdout.decode().strip()


def check(workspace: Workspace, environment: Environment, *packages: str) -> Lock:
    lock = workspace.environments.lock(environment)
    assert lock.packages == packages
    assert "://" not in lock.text
    return lock


def everything_kept(home: Path) -> bytes:
    files = [p for p in home.rglob("*") if p.is_file() and "environments/" not in str(p)]
    return b"".join(path.read_bytes() for path in files)


def test_a_private_index_with_credentials_from_the_environment(
    workspace: Workspace, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(wheels, credentials="ada:hunter-2") as index:
        monkeypatch.setenv("TOKEN", "hunter-2")
        options = IndexOptions(index.url("ada:${TOKEN}"))
        asked = Environment.from_packages(["inhouse"], index=options)
        lock = check(workspace, asked, "inhouse==2.0", "inhouse-base==1.5")
        assert version(realise(workspace, lock.digest)) == "2.0"
        assert any(path.startswith("/files/inhouse-2.0") for path in index.seen)
        monkeypatch.delenv("TOKEN")
        shutil.rmtree(workspace._settings.home / "environments")
        with pytest.raises(InvalidInputError, match=r"TOKEN, which is not set\. Set TOKEN"):
            realise(workspace, lock.digest)
        monkeypatch.setenv("TOKEN", "wrong")
        with pytest.raises(PackagingError, match="credentials") as refused:
            workspace.environments.lock(asked, refresh=True)
    assert "wrong" not in str(refused.value)
    assert b"hunter-2" not in everything_kept(workspace._settings.home)


def test_credentials_in_the_address_stay_in_this_process(
    workspace: Workspace, wheels: Path
) -> None:
    with serving(wheels, credentials="ada:hunter-2") as index:
        options = IndexOptions(index.url("ada:hunter-2"))
        lock = check(
            workspace, Environment.from_packages(["inhouse==1.0"], index=options), "inhouse==1.0"
        )
        realised = workspace._wiring._realise(lock.digest, SILENT)
    assert version(realised) == "1.0"
    assert b"hunter-2" not in everything_kept(workspace._settings.home)


def test_a_proxy(workspace: Workspace, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(wheels) as index, proxying(index.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        options = IndexOptions("http://packages.example/simple")
        asked = Environment.from_packages(["inhouse<2"], index=options)
        lock = check(workspace, asked, "inhouse==1.0")
        assert version(realise(workspace, lock.digest)) == "1.0"
    assert set(proxy.hosts) == {"packages.example"}


def test_an_authority_of_the_company(
    workspace: Workspace, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make certificates with")
    authority, certificate, key = make_authority(tmp_path)
    with serving(wheels, tls=(certificate, key)) as index:
        options = IndexOptions(index.url(scheme="https"))
        asked = Environment.from_packages(["inhouse<2"], index=options)
        with pytest.raises(PackageIndexError, match=r"(?i)certificate") as refused:
            workspace.environments.lock(asked)
        assert "SSL_CERT_FILE" in refused.value.hint
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        lock = check(workspace, asked, "inhouse==1.0")
        assert version(realise(workspace, lock.digest)) == "1.0"


def test_the_certificates_pip_was_told_of(
    workspace: Workspace, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make certificates with")
    authority, certificate, key = make_authority(tmp_path)
    with serving(wheels, tls=(certificate, key)) as index:
        monkeypatch.setenv("PIP_CERT", str(authority))
        options = IndexOptions(index.url(scheme="https"))
        asked = Environment.from_packages(["inhouse<2"], index=options)
        assert workspace.environments.lock(asked).packages == ("inhouse==1.0",)


def test_each_environment_has_its_own_index(workspace: Workspace, tmp_path: Path) -> None:
    """As the CPU builds of torch: the same name and version, another content."""
    for build in ("cpu", "gpu"):
        make_wheel(tmp_path / build, "torchlike", f"1.0+{build}")
    digests = {}
    with serving(tmp_path / "cpu") as cpu, serving(tmp_path / "gpu") as gpu:
        for build, index in {"cpu": cpu, "gpu": gpu}.items():
            asked = Environment.from_packages(["torchlike"], index=IndexOptions(index.url()))
            lock = check(workspace, asked, f"torchlike==1.0+{build}")
            digests[build] = lock.digest
        for build, digest in digests.items():
            assert version(realise(workspace, digest), "torchlike") == f"1.0+{build}"


def test_a_local_wheel_outlives_its_place(workspace: Workspace, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "here", "inhouse", "3.0")
    lock = check(workspace, Environment.from_packages([str(wheel)]), "inhouse==3.0")
    wheel.unlink()
    assert version(realise(workspace, lock.digest)) == "3.0"


def test_requirements_with_options(workspace: Workspace, wheels: Path, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "project" / "vendored", "vendored", "0.1")
    project = tmp_path / "project"
    with serving(wheels) as index:
        (project / "requirements.txt").write_text(
            f"--index-url {index.url()}\n-r more.txt\n-c limits.txt\n"
            "# a comment\n"
            f"./vendored/{wheel.name}\n"
            "inhouse \\\n  >= 1.0  # goes on\n"
        )
        (project / "more.txt").write_text("inhouse-base\n")
        (project / "limits.txt").write_text("inhouse<2\n")
        asked = Environment.from_requirements_file(project / "requirements.txt")
        lock = check(workspace, asked, "inhouse==1.0", "inhouse-base==1.5", "vendored==0.1")
        assert version(realise(workspace, lock.digest), "vendored") == "0.1"


def test_a_conda_file_with_options_inside_its_pip_list(
    workspace: Workspace, wheels: Path, tmp_path: Path
) -> None:
    with serving(wheels) as index:
        (tmp_path / "extra.txt").write_text("inhouse-base==1.5\n")
        (tmp_path / "myenv.yml").write_text(
            "name: project_environment\nchannels: [conda-forge]\ndependencies:\n"
            f"  - python={calling().minor}\n  - pip:\n"
            f"    - --index-url {index.url()}\n    - -r extra.txt\n    - inhouse==1.0\n"
            "    - azureml-defaults~=1.2\n"
        )
        asked = Environment.from_conda_file(tmp_path / "myenv.yml")
        lock = check(workspace, asked, "inhouse==1.0", "inhouse-base==1.5")
        assert lock.python == calling().minor
        assert version(realise(workspace, lock.digest)) == "1.0"


def test_python_is_exactly_the_one_that_was_asked_for(
    workspace: Workspace, wheels: Path, tmp_path: Path
) -> None:
    found = {".".join(v.split(".")[:2]) for v in found_versions()} - {calling().minor}
    others = sorted(v for v in found if int(v.split(".")[1]) >= 8)
    if not others:
        pytest.skip("uv finds no second Python on this machine")
    with serving(wheels) as index:
        (tmp_path / "myenv.yml").write_text(
            f"dependencies:\n  - python={others[0]}\n  - pip:\n"
            f"    - --index-url {index.url()}\n    - inhouse==1.0\n"
        )
        lock = check(workspace, Environment.from_conda_file(tmp_path / "myenv.yml"), "inhouse==1.0")
        realised = realise(workspace, lock.digest)
    code = "import json, sys; print(json.dumps(sys.version_info[:2]))"
    done = subprocess.run([realised.python, "-c", code], capture_output=True, check=True)
    assert ".".join(map(str, json.loads(done.stdout))) == others[0] == lock.python
    never = Settings(home=workspace._settings.home, python_downloads="never")
    with pytest.raises(PythonNotFoundError, match=r"3\.99"):
        Workspace.get("team", settings=never).environments.lock(
            Environment.from_packages(["inhouse"], python="3.99")
        )
    assert sys.version_info[:2] != tuple(map(int, others[0].split(".")))


def test_nested_files_that_multiply_are_bounded(tmp_path: Path) -> None:
    for level in range(8):
        lines = f"-r {level + 1}.txt\n" * 20
        (tmp_path / f"{level}.txt").write_text(lines)
    (tmp_path / "8.txt").write_text("six\n" * 20)
    with pytest.raises(InvalidInputError, match="more than 100 files"):
        Environment.from_requirements_file(tmp_path / "0.txt")


def test_a_pin_without_a_wheel_for_this_python_names_one_that_has(
    workspace: Workspace, tmp_path: Path
) -> None:
    other = "3.9" if calling().minor != "3.9" else "3.10"
    folder = tmp_path / "old"
    made = make_wheel(folder, "inhouse", "1.0")
    made.rename(folder / f"inhouse-1.0-cp{other.replace('.', '')}-none-any.whl")
    environment = Environment.from_packages(
        ["inhouse==1.0"],
        python=calling().minor,
        index=IndexOptions(find_links=(str(folder),), no_index=True),
    )
    with pytest.raises(PackagingError) as caught:
        workspace.environments.lock(environment)
    assert caught.value.message == f"inhouse 1.0 has no wheel for Python {calling().minor}."
    assert f"It has for {other}, which " in caught.value.hint
    assert f"python={other}" in caught.value.hint


def test_a_pin_takes_the_python_that_has_its_wheel_where_none_was_asked_for(
    workspace: Workspace, tmp_path: Path
) -> None:
    here = {version.rpartition(".")[0] for version in found_versions()} - {calling().minor}
    usable = sorted(minor for minor in here if int(minor.partition(".")[2]) >= 8)
    if not usable:
        pytest.skip("there is one Python here")
    folder = tmp_path / "old"
    made = make_wheel(folder, "inhouse", "1.0")
    made.rename(folder / f"inhouse-1.0-cp{usable[0].replace('.', '')}-none-any.whl")
    index = IndexOptions(find_links=(str(folder),), no_index=True)
    told: list[str] = []
    free = Environment.from_packages(["inhouse==1.0"], index=index)

    lock = workspace.environments.lock(free, progress=told.append)

    assert lock.python == usable[0]
    assert any(f"the environment gets Python {usable[0]}" in line for line in told)
    asked = Environment.from_packages(["inhouse==1.0"], index=index, python=calling().minor)
    with pytest.raises(PackagingError, match="has no wheel"):
        workspace.environments.lock(asked)
