"""A package without a wheel: built here where that can work for the image, else refused."""

import io
import platform
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from support.index import make_wheel
from support.locks import LocksInMemory

from brygga.environments import Environment, IndexOptions, Interpreters, Lock, Resolver
from brygga.errors import PackagingError
from brygga.images.packages import Packages
from brygga.images.platform import BasePlatform
from brygga.operations import SILENT, Lines

NAME = "source-only"
BACKEND = """
import zipfile

INFO = "source_only-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: source-only\\nVersion: 1.0\\n"

def build_wheel(folder, settings=None, metadata=None):
    name = "source_only-1.0-{tag}.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("source_only.py", "BUILT = True")
        wheel.writestr(INFO + "/METADATA", METADATA)
        wheel.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nTag: {tag}")
        wheel.writestr(INFO + "/RECORD", "")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "source-only"
version = "1.0"
"""
COMPILED = f"cp{sys.version_info.major}{sys.version_info.minor}-abi3-linux_{platform.machine()}"
HERE = BasePlatform(
    python=platform.python_version(),
    implementation="cpython",
    executable="/usr/bin/python3",
    machine=platform.machine(),
    libc="glibc",
    libc_version=platform.libc_ver()[1],
    site_packages=(),
)


class Workbench:
    """An index that has nothing but the source of one package."""

    def __init__(self, folder: Path, tag: str) -> None:
        self.folder = folder
        metadata = "Metadata-Version: 2.1\nName: source-only\nVersion: 1.0\n"
        texts = {
            "backend.py": BACKEND.replace("{tag}", tag),
            "pyproject.toml": PROJECT,
            "PKG-INFO": metadata,
        }
        with tarfile.open(folder / "source_only-1.0.tar.gz", "w:gz") as archive:
            for name, text in texts.items():
                entry = tarfile.TarInfo(f"source_only-1.0/{name}")
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))
        self.interpreters = Interpreters(folder / "home", downloads="never")

    def lock(self) -> Lock:
        index = IndexOptions(find_links=(str(self.folder),))
        environment = Environment.from_packages([NAME], index=index)
        return Resolver(self.folder / "home", LocksInMemory(), self.interpreters).resolve(
            environment
        )

    def install(self, base: BasePlatform) -> Path:
        """Where the packages of the lock are, for an image on `base`."""
        packages = Packages(self.folder / "home", self.interpreters)
        packages.write_environment(self.lock(), self.folder, base, SILENT)
        folders = [path for path in (self.folder / "env").rglob("*") if path.is_dir()]
        # The user of the container is somebody else.
        assert all(path.stat().st_mode & 0o005 == 0o005 for path in folders)
        return self.folder / f"env/lib/python{base.minor}/site-packages"


def test_without_a_python_like_that_of_the_image_there_is_no_bytecode_and_it_is_said(
    tmp_path: Path,
) -> None:
    make_wheel(tmp_path / "wheels", "inhouse", "1.0")
    interpreters = Interpreters(tmp_path / "home", downloads="never")
    index = IndexOptions(find_links=(str(tmp_path / "wheels"),))
    lock = Resolver(tmp_path / "home", LocksInMemory(), interpreters).resolve(
        Environment.from_packages(["inhouse"], index=index)
    )
    said: list[str] = []

    for base in (HERE, replace(HERE, python="3.39.1")):
        folder = tmp_path / base.minor
        Packages(tmp_path / "home", interpreters).write_environment(
            lock, folder, base, Lines(said.append), bytecode=True
        )

        compiled = [path.name for path in folder.rglob("*.pyc")]
        assert (compiled != []) == (base is HERE)
        assert list(folder.rglob("inhouse.py"))
    assert [line for line in said if "bytecode" in line] == [
        "  There is no Python 3.39 here: /opt/brygga/env goes without bytecode, and each start of "
        "a container takes seconds longer."
    ]


def test_it_is_built_where_platform_and_python_match(tmp_path: Path) -> None:
    for tag in ("py3-none-any", COMPILED):
        folder = tmp_path / tag
        folder.mkdir()

        installed = Workbench(folder, tag).install(HERE)

        assert (installed / "source_only.py").read_text() == "BUILT = True"
        assert f"Tag: {tag}" in (installed / "source_only-1.0.dist-info/WHEEL").read_text()


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, machine="aarch64" if HERE.machine == "x86_64" else "x86_64"),
        replace(HERE, libc="musl", libc_version=""),
    ],
    ids=["processor", "C library"],
)
def test_it_is_refused_for_another_platform_with_the_reason(
    tmp_path: Path, other: BasePlatform
) -> None:
    with pytest.raises(PackagingError) as caught:
        Workbench(tmp_path, "py3-none-any").install(other)

    said = str(caught.value)
    image = f"no wheel for the image ({other.uv_platform}, Python {other.minor})"
    assert said.startswith(f"source-only has {image}, and none can be built")
    assert "build the image on a machine of its kind" in said


def test_what_is_compiled_here_is_refused_for_an_older_c_library(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"source_only has no wheel.*needs glibc"):
        Workbench(tmp_path, COMPILED).install(replace(HERE, libc_version="2.17"))
