"""Locking and realising with the real resolver and the index this machine is set to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.locks import LocksInMemory

from brygga import errors
from brygga.environments import (
    Environment,
    IndexOptions,
    Interpreters,
    Lock,
    RealisedEnvironment,
    Realiser,
    Resolver,
    get_lock,
)
from brygga.environments.interpreters import calling, found_versions
from brygga.environments.realise import environment_lock
from brygga.environments.server import carried_server, realise_server
from brygga.operations import Lines


class Workbench:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.locks = LocksInMemory()
        self.interpreters = Interpreters(home, downloads="never")
        self.resolver = Resolver(home, self.locks, self.interpreters)
        self.realiser = Realiser(home, self.interpreters)
        self.told: list[str] = []

    def lock(self, *packages: str, python: str | None = None) -> Lock:
        environment = Environment.from_packages(packages, python=python)
        return self.resolver.resolve(environment, Lines(self.told.append))


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "home")


def python(realised: RealisedEnvironment, code: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(realised.python), "-c", code]
    return subprocess.run(command, env=kept, check=True, capture_output=True, text=True).stdout


def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a process was started: {args}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


def test_scikit_learn_at_the_version_installed_here(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sklearn

    lock = bench.lock("scikit-learn", "azureml-defaults~=1.2")
    assert f"scikit-learn=={sklearn.__version__}" in lock.packages
    assert "://" not in lock.text
    assert str(bench.home) not in lock.text
    assert all("--hash=sha256:" in part for part in lock.text.split("==")[1:])
    assert any("azureml-defaults" in line for line in bench.told)
    realised = bench.realiser.realise(lock)
    assert python(realised, "import sklearn; print(sklearn.__version__)").strip() == (
        sklearn.__version__
    )
    no_processes(monkeypatch)
    assert bench.lock("scikit-learn") == lock
    assert bench.realiser.realise(get_lock(bench.locks, lock.digest)) == realised


def test_a_lock_stays_until_another_is_asked_for(bench: Workbench) -> None:
    environment = Environment.from_packages(["six<1.17"])
    first = bench.resolver.resolve(environment)
    for key in list(bench.locks.by_key):
        if not key.startswith("index:"):
            bench.locks.save(key, first.text.replace("six==", "six==0."))
    assert "six==0." in bench.resolver.resolve(environment).text
    assert bench.resolver.resolve(environment, refresh=True) == first


def test_another_base_image_needs_no_other_lock(bench: Workbench) -> None:
    environment = Environment.from_packages(["six<1.17"])
    first = bench.resolver.resolve(environment, Lines(bench.told.append))
    bench.told.clear()

    based = environment.based_on("my/base:1", extra_steps="RUN true")

    assert bench.resolver.resolve(based, Lines(bench.told.append)) == first
    assert bench.told == []


def test_hashes_of_the_author_are_kept_to(bench: Workbench) -> None:
    sha = "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
    assert bench.lock(f"six==1.16.0 --hash=sha256:{sha}").text.count("--hash") == 1
    with pytest.raises(errors.PackagingError, match="has the hash that was given"):
        bench.lock(f"six==1.16.0 --hash=sha256:{'a' * 64}")


def test_packages_that_do_not_fit(bench: Workbench) -> None:
    with pytest.raises(errors.ResolutionError, match=r"numpy==99") as caught:
        bench.lock("numpy==99")
    assert "error:" not in caught.value.explanation


def test_a_package_that_does_not_exist(bench: Workbench) -> None:
    with pytest.raises(errors.PackageNotFoundError, match="mean scikit-learn"):
        bench.lock("scikit-lern")


def test_an_index_that_cannot_be_reached(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    index = IndexOptions("http://me:hunter2@127.0.0.1:1/simple")
    with pytest.raises(errors.PackageIndexError) as caught:
        bench.resolver.resolve(Environment.from_packages(["six"], index=index))
    assert "hunter2" not in str(caught.value)


def test_a_python_that_is_not_here(bench: Workbench) -> None:
    with pytest.raises(errors.PythonNotFoundError) as caught:
        bench.lock("six", python="3.98")
    assert calling().version in str(caught.value)
    assert "BRYGGA_PYTHON_DOWNLOADS=never" in caught.value.hint


def test_another_python_that_is_here(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {".".join(v.split(".")[:2]) for v in found_versions()} - {calling().minor}
    usable = [v for v in here if int(v.split(".")[1]) >= 8]
    if not usable:
        pytest.skip("uv finds no second Python on this machine")
    lock = bench.lock("six", python=usable[0])
    realised = bench.realiser.realise(lock)
    code = "import six, sys; print(*sys.version_info[:2], sep='.')"
    assert python(realised, code).strip() == usable[0]
    no_processes(monkeypatch)
    assert bench.realiser.realise(bench.lock("six", python=usable[0])) == realised


def test_a_python_too_old(bench: Workbench) -> None:
    with pytest.raises(errors.InvalidInputError, match=r"from 3\.8 on"):
        bench.lock("six", python="3.6")


def test_a_source_folder_is_built_once_for_each_state(bench: Workbench, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "mine_pkg").mkdir(parents=True)
    (folder / "mine_pkg/__init__.py").write_text("VALUE = 1\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "mine-pkg"\nversion = "1.0"\ndependencies = ["six"]\n'
    )
    lock = bench.lock(str(folder))
    assert [p.partition("==")[0] for p in lock.packages] == ["mine-pkg", "six"]
    assert str(tmp_path) not in lock.text
    before = sorted(p.name for p in folder.rglob("*"))
    bench.told.clear()
    assert bench.lock(f"-e {folder}") == lock
    assert bench.told == []
    assert sorted(p.name for p in folder.rglob("*")) == before
    realised = bench.realiser.realise(get_lock(bench.locks, lock.digest))
    assert python(realised, "import mine_pkg; print(mine_pkg.VALUE)") == "1\n"
    (folder / "mine_pkg/__init__.py").write_text("VALUE = 2\n")
    changed = bench.lock(str(folder))
    assert changed.digest != lock.digest
    assert (
        python(bench.realiser.realise(changed), "import mine_pkg; print(mine_pkg.VALUE)") == "2\n"
    )


def test_a_half_made_environment_is_made_anew(bench: Workbench) -> None:
    lock = bench.lock("six")
    realised = bench.realiser.realise(lock)
    (realised.path / ".brygga.json").unlink()
    shutil.rmtree(realised.path / "lib")
    (realised.path / "left").touch()
    assert bench.realiser.realise(lock) == realised
    assert python(realised, "import six; print(six.__name__)") == "six\n"
    assert not (realised.path / "left").exists()


def test_damage_is_found_and_mended_in_the_cache_too(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    lock = bench.lock("six")
    realised = bench.realiser.realise(lock)
    (six,) = realised.path.glob("lib/python*/site-packages/six.py")
    whole = six.read_text()
    with six.open("a") as file:
        file.write("# damaged")
    assert [Path(f).name for f in bench.realiser.verify(lock, Lines(bench.told.append))] == [
        "six.py"
    ]
    assert any("anew" in line for line in bench.told)
    assert six.read_text() == whole
    assert bench.realiser.verify(lock) == ()


def test_the_environment_of_the_caller_does_not_reach_into_it(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "six.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    monkeypatch.setenv("UV_CONSTRAINT", str(tmp_path / "nothing.txt"))
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    realised = bench.realiser.realise(bench.lock("six"))
    assert "environments" in python(realised, "import six; print(six.__file__)")


REALISE = """
import sys
from pathlib import Path
from brygga.environments import Interpreters, Lock, Realiser
from brygga.operations import Lines

home = Path(sys.argv[1])
Realiser(home, Interpreters(home)).realise(Lock.read(sys.stdin.read()), Lines(print))
"""


def test_processes_at_the_same_time_make_it_once(bench: Workbench) -> None:
    text = bench.lock("six", "pyyaml", "packaging").text
    command = [sys.executable, "-c", REALISE, str(bench.home)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.flush()
    for process in processes:
        # Each waits for the end of the lock, so that from here all of them go on together.
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert "".join(outputs).count("Installing") == 1


def test_the_second_process_says_that_it_waits(bench: Workbench) -> None:
    lock = bench.lock("six")
    realised = bench.realiser.realise(lock)
    (realised.path / ".brygga.json").unlink()
    held = environment_lock(bench.home, realised.digest, "making it")
    held.acquire(5)

    def told(line: str) -> None:
        bench.told.append(line)
        held.release()

    bench.told.clear()
    bench.realiser.realise(lock, Lines(told))
    assert "Waiting for another process" in bench.told[0]


def test_the_carried_server_is_realised_and_kept(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    realised = realise_server(bench.home, bench.realiser)
    assert python(realised, "import brygga_server, httptools; print(brygga_server.__name__)")
    no_processes(monkeypatch)
    assert realise_server(bench.home, bench.realiser, carried_server().digest) == realised
    with pytest.raises(errors.NotFoundError, match="no scoring server 'abc'"):
        realise_server(bench.home, bench.realiser, "abc")


def test_a_server_of_another_release_is_found_again(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    realised = realise_server(bench.home, bench.realiser)
    digest = carried_server().digest
    shutil.rmtree(realised.path)
    newer = carried_server().__class__("0" * 64, tmp_path / "gone.whl", tmp_path / "gone.txt")
    monkeypatch.setattr("brygga.environments.server.carried_server", lambda: newer)
    assert realise_server(bench.home, bench.realiser, digest) == realised
    assert realised.python.exists()


def test_the_versions_of_another_interpreter(bench: Workbench, tmp_path: Path) -> None:
    other = bench.realiser.realise(bench.lock("six==1.16.0", "pyyaml==6.0.1"))
    (tmp_path / "score.py").write_text("import six, yaml\n")
    environment = Environment.from_script(tmp_path / "score.py", installed_in=other.python)
    assert {p.lower() for p in environment.packages} == {"six==1.16.0", "pyyaml==6.0.1"}
    preferring = Environment.from_packages(["six"]).preferring(other.python)
    assert bench.resolver.resolve(preferring).packages == ("six==1.16.0",)


def test_an_interpreter_that_cannot_be_started(bench: Workbench, tmp_path: Path) -> None:
    with pytest.raises(errors.PythonNotFoundError):
        bench.resolver.resolve(Environment().preferring(tmp_path / "python"))
