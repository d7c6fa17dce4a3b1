"""Distributions: what lies where."""

import math
import random
from collections.abc import Callable

import pytest

from brygga.errors import InvalidInputError
from brygga.runs.search import Choice, Distribution, Normal, Space, Uniform, Whole


@pytest.mark.parametrize(
    ("distribution", "low", "middle", "high"),
    [
        (Choice(("a", "b", "c")), "a", "b", "c"),
        (Whole(5), 0, 2, 4),
        (Uniform(-2, 4), -2, 1, 4),
        (Uniform(0, 10, step=4), 0, 4, 8),
        (Uniform(math.log(1e-4), 0, logarithmic=True), 1e-4, 1e-2, 1),
        (Uniform(0, 2, step=1, logarithmic=True), 1, 3, 7),
    ],
)
def test_where_values_lie(
    distribution: Distribution, low: object, middle: object, high: object
) -> None:
    found = [distribution.at(share) for share in (0.0, 0.5, 1.0)]

    assert found == [pytest.approx(each) for each in (low, middle, high)]


@pytest.mark.parametrize(
    ("distribution", "quartile", "middle"),
    [
        (Normal(10, 2), 8.651, 10),
        (Normal(10, 2, step=5), 10, 10),
        (Normal(0, 1, logarithmic=True), math.exp(-0.6745), 1),
        (Normal(3, 1, step=4, logarithmic=True), 12, 20),
    ],
)
def test_normal_distributions(distribution: Normal, quartile: float, middle: float) -> None:
    assert distribution.at(0.25) == pytest.approx(quartile, abs=1e-3)
    assert distribution.at(0.5) == pytest.approx(middle)
    assert math.isfinite(distribution.at(0.0))
    assert math.isfinite(distribution.at(1.0))


def test_a_space_of_choices_has_a_size_and_all_its_values() -> None:
    space = Space({"a": Choice((1, 2, 2)), "b": Choice(("x", "y"))})

    assert space.size == 4
    assert [tuple(each.values()) for each in space.all()] == [
        (1, "x"), (1, "y"), (2, "x"), (2, "y"),
    ]  # fmt: skip
    assert Space({"a": Choice((1,)), "b": Whole(3)}).size is None


def test_draws_are_the_same_for_the_same_chance() -> None:
    space = Space({"a": Uniform(0, 1), "b": Whole(100)})

    assert space.draw(random.Random(7)) == space.draw(random.Random(7))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Choice(()),
        lambda: Whole(0),
        lambda: Uniform(1, 1),
        lambda: Uniform(0, 1, step=-1),
        lambda: Normal(0, 0),
        lambda: Space({}),
    ],
)
def test_what_has_no_values_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInputError):
        make()
