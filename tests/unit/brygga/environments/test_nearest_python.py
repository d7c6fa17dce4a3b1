"""Which Python is nearest to one that is not here."""

import pytest

from brygga.environments.interpreters import calling
from brygga.environments.nearest_python import _nearest, nearest_python


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [(6, [8, 11], 8), (10, [9, 11], 11), (12, [12, 11], 12), (2, [7, 11], 11), (99, [9, 13], 13)],
)
def test_the_nearest_that_scoring_works_with(wanted: int, found: list[int], expected: int) -> None:
    assert _nearest(wanted, found, 8) == expected


def test_what_is_too_old_for_its_use_is_passed_over() -> None:
    assert _nearest(8, [8, 10, 11, 13], 11) == 11


def test_the_calling_one_is_its_own_nearest() -> None:
    assert nearest_python(calling().version) == nearest_python(calling().minor) == calling().minor
