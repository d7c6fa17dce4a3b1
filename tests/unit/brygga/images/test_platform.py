"""Which base images a bundle can run on."""

from dataclasses import replace

import pytest

from brygga.errors import ImageBuildError
from brygga.images.bundle import Bundle, ImageBase
from brygga.images.platform import BasePlatform

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
