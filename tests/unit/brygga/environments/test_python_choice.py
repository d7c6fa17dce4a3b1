"""Which Python is taken where pins have no wheel for the present one; the index is a table."""

from collections.abc import Sequence

import pytest

from brygga.environments.known_bounds import numpy_bounds
from brygga.environments.python_choice import HasWheels, OtherPython, other_python, pins_of

_HERE = ("3.12.1", "3.11.7", "3.9.18", "3.8.18", "3.7.16")


def _index(**minors: Sequence[int]) -> HasWheels:
    """An index with wheels of these packages for these Pythons."""

    def has_wheels(pins: Sequence[str], version: str) -> bool | None:
        minor = int(version.split(".")[1])
        return all(minor in minors[pin.partition("==")[0]] for pin in pins)

    return has_wheels


def _other(pins: Sequence[str], index: HasWheels, *, may_download: bool) -> OtherPython | None:
    return other_python(
        pins, "3.11.7", here=lambda: _HERE, may_download=may_download, has_wheels=index
    )


def test_the_nearest_python_that_is_here_and_has_the_wheels() -> None:
    index = _index(old=(5, 6, 7, 8), new=(8, 9, 10, 11))
    found = _other(["old==0.22.1", "new==2"], index, may_download=True)
    assert found == OtherPython(("old==0.22.1",), "3.11", "3.8", is_here=True)
    assert found.problem == "old 0.22.1 has no wheel for Python 3.11"
    assert found.way_out == "it has for 3.8, which is here"


def test_one_that_is_here_comes_before_a_nearer_one_that_is_not() -> None:
    index = _index(old=(8, 10))
    assert _other(["old==1"], index, may_download=True) == OtherPython(
        ("old==1",), "3.11", "3.8", is_here=True
    )


def test_one_that_can_be_downloaded() -> None:
    found = _other(["a==1.*", "b==2"], _index(a=(10,), b=(10,)), may_download=True)
    assert found == OtherPython(("a==1.*", "b==2"), "3.11", "3.10", is_here=False)
    assert found.problem == "a 1, b 2 have no wheel for Python 3.11"
    assert found.way_out == "they have for 3.10, which can be downloaded"
    assert _other(["a==1"], _index(a=(10,)), may_download=False) is None


def test_the_present_one_is_kept() -> None:
    assert _other(["a==1"], _index(a=(8, 11)), may_download=True) is None
    assert _other([], _index(), may_download=True) is None
    assert _other(["a==1"], _index(a=()), may_download=True) is None, "only source"
    assert _other(["a==1"], _index(a=(7,)), may_download=True) is None, "too old for scoring"


def test_an_index_that_does_not_tell_is_asked_once() -> None:
    asked = []

    def silent(pins: Sequence[str], version: str) -> bool | None:
        asked.append(version)
        return None

    assert _other(["a==1"], silent, may_download=True) is None
    assert asked == ["3.11.7"]


def test_pins_less_those_that_are_installed_here() -> None:
    packages = ["NumPy==2.0", "six==1.16.0 --hash=sha256:ab", "scipy==1.*", "x>=1", "/a/b.whl"]
    assert pins_of(packages, {"numpy": "2.0"}) == ["six==1.16.0", "scipy==1.*"]


@pytest.mark.parametrize(
    ("packages", "bounds"),
    [
        (["scikit-learn==0.22.1", "numpy"], ["numpy<1.24", "numpy<2"]),
        (["scikit-learn==0.22.*"], ["numpy<1.24", "numpy<2"]),
        (["scikit_learn==1.2.0"], ["numpy<2"]),
        (["scikit-learn==1.5.0", "pandas==2.1.0"], ["numpy<2"]),
        (["scikit-learn==0.22.1", "numpy==1.24"], []),
        (["scikit-learn", "/a/b.whl"], []),
    ],
)
def test_numpy_that_old_releases_can_be_imported_with(
    packages: list[str], bounds: list[str]
) -> None:
    assert numpy_bounds(packages) == bounds
