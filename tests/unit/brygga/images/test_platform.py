"""Which base images a bundle can run on."""

from dataclasses import replace
from pathlib import Path

import pytest

from brygga.errors import ImageBuildError
from brygga.images.base_files import BaseFiles
from brygga.images.bundle import Bundle, ImageBase
from brygga.images.platform import BasePlatform, examine, kept_platform

BASE = BasePlatform("3.11.2", "cpython", "/usr/bin/python3.11", "x86_64", "glibc", "2.36", ())
BUNDLE = Bundle("score.py", None, (), (), "c" * 64, "3.11", "linux-x86_64", "d" * 64)


def test_one_that_fits() -> None:
    BASE.check(BUNDLE, "x")


def test_what_uv_calls_it() -> None:
    musl = replace(BASE, machine="aarch64", libc="musl", libc_version="")
    assert BASE.uv_platform == "x86_64-manylinux_2_36"
    assert musl.uv_platform == "aarch64-unknown-linux-musl"


def test_a_base_image_whose_packages_are_used_decides_which_python() -> None:
    own = ImageBase("my/base:1", own_packages=True)
    replace(BASE, python="3.12.1").check(replace(BUNDLE, base=own), "x")


@pytest.mark.parametrize(
    ("base", "message"),
    [
        (replace(BASE, python="3.10.13"), "needs Python 3.11 or newer, the base image has 3.10.13"),
        (replace(BASE, python="3.12.1"), "for Python 3.11, the base image has 3.12.1"),
        (replace(BASE, machine="aarch64"), "for linux-x86_64, the base image for aarch64"),
        (replace(BASE, implementation="pypy"), "has pypy"),
        (replace(BASE, libc=""), "C library ''"),
    ],
)
def test_others_are_refused_with_the_reason(base: BasePlatform, message: str) -> None:
    with pytest.raises(ImageBuildError, match=message):
        base.check(BUNDLE, "x")


class Files(BaseFiles):
    """Files by path: `-> place` for a link."""

    def __init__(self, **there: str) -> None:
        self.there = {f"/{path}": text for path, text in there.items()}

    def resolve(self, path: str) -> str | None:
        found = self.there.get(path)
        if found is None:
            return None
        return self.resolve(found[3:]) if found.startswith("-> ") else path

    def read(self, path: str, most: int) -> bytes:
        return self.there[path].encode()[:most]


PROGRAM = "\x7fELF...\0/lib64/ld-linux-x86-64.so.2\0..."
GLIBC = "GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\n"
DEBIAN = {
    "usr/bin/python3": "-> /usr/bin/python3.11",
    "usr/bin/python3.11": PROGRAM,
    "usr/lib/python3.11/os.py": "",
    "usr/lib/python3.11/ctypes/__init__.py": "",
    "usr/lib/python3/dist-packages": "",
    "lib64/ld-linux-x86-64.so.2": "-> /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": "",
    "usr/lib/x86_64-linux-gnu/libc.so.6": GLIBC,
}
OFFICIAL = {
    "usr/local/bin/python": "-> /usr/local/bin/python3.12",
    "usr/local/bin/python3.12": PROGRAM,
    "usr/local/lib/python3.12/os.py": "",
    "usr/local/lib/python3.12/ctypes/__init__.py": "",
    "usr/local/lib/python3.12/site-packages": "",
}
VENV = {
    "opt/venv/bin/python": "-> /usr/bin/python3.11",
    "opt/venv/pyvenv.cfg": "include-system-site-packages = false",
    "opt/venv/lib/python3.11/site-packages": "",
}


def examined(files: dict[str, str], python: str = "3.11", **variables: str) -> BasePlatform:
    return examine(Files(**files), variables, "x86_64", python, "base:1")


def test_debians_python() -> None:
    assert examined(DEBIAN) == BasePlatform(
        "3.11", "cpython", "/usr/bin/python3.11", "x86_64", "glibc", "2.36",
        ["/usr/lib/python3/dist-packages"],
    )  # fmt: skip


def test_an_official_image_says_its_whole_version() -> None:
    found = examined(DEBIAN | OFFICIAL, "3.12", PYTHON_VERSION="3.12.1")

    assert (found.python, found.executable) == ("3.12.1", "/usr/local/bin/python3.12")
    assert found.site_packages == ["/usr/local/lib/python3.12/site-packages"]


def test_the_python_that_was_asked_for_comes_first() -> None:
    assert examined(DEBIAN | OFFICIAL, "3.11").minor == "3.11"


def test_a_virtual_environment_of_the_image_has_its_own_packages() -> None:
    path = "/opt/venv/bin:/usr/bin"
    files = {k: v for k, v in DEBIAN.items() if k != "usr/bin/python3"} | VENV

    alone = examined(files, "3.10", PATH=path)
    files["opt/venv/pyvenv.cfg"] = "include-system-site-packages = true"
    both = examined(files, "3.10", PATH=path)

    assert alone.executable == "/usr/bin/python3.11"
    assert alone.site_packages == ["/opt/venv/lib/python3.11/site-packages"]
    assert both.site_packages == [*alone.site_packages, "/usr/lib/python3/dist-packages"]


def test_musl_is_told_by_the_program_itself() -> None:
    program = PROGRAM.replace("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1")

    found = examined(DEBIAN | {"usr/bin/python3.11": program})

    assert (found.libc, found.libc_version) == ("musl", "")


def test_an_interpreter_without_a_version_in_its_name_is_told_by_its_library() -> None:
    files = {k: v for k, v in DEBIAN.items() if "bin/" not in k} | {"usr/bin/python3": PROGRAM}

    assert examined(files).minor == "3.11"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no Python in the base image"),
        ({"usr/bin/python3": "#!/bin/sh"}, "cannot be told which Python /usr/bin/python3"),
        ({k: v for k, v in DEBIAN.items() if "ctypes" not in k}, "has no ctypes: it is not whole"),
    ],
)
def test_what_cannot_be_told_is_refused(files: dict[str, str], message: str) -> None:
    with pytest.raises(ImageBuildError, match=message):
        examined(files)


def test_another_implementation_is_told() -> None:
    files = {"usr/bin/python3": "-> /opt/pypy/bin/pypy3.10", "opt/pypy/bin/pypy3.10": PROGRAM}

    assert examined(files).implementation == "pypy"


def test_what_was_found_out_is_kept(tmp_path: Path) -> None:
    assert kept_platform(tmp_path, "sha256:1", "3.11", lambda: BASE) == BASE

    def again() -> BasePlatform:
        raise AssertionError("it is known")

    kept = kept_platform(tmp_path, "sha256:1", "3.11", again)
    assert replace(kept, site_packages=()) == BASE
