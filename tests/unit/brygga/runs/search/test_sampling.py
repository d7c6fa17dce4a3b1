"""Samplings: what is tried, in which order, and whether it learns."""

import itertools

import pytest

from brygga.errors import InvalidInputError
from brygga.runs.search import (
    BayesianSampling,
    Choice,
    Goal,
    GridSampling,
    Normal,
    RandomSampling,
    Sampling,
    Space,
    Uniform,
    Whole,
)
from brygga.runs.search.sampling import Trial

UP, DOWN = Goal.MAXIMIZE, Goal.MINIMIZE
SMALL = Space({"a": Choice((1, 2, 3)), "b": Choice(("x", "y"))})


def _all(sampling: Sampling) -> list[tuple[object, ...]]:
    given: list[tuple[object, ...]] = []
    while (found := sampling.next([], UP)) is not None:
        given.append(tuple(found.values()))
    return given


def test_a_grid_is_every_combination_once() -> None:
    assert _all(GridSampling(SMALL)) == [
        (1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y"),
    ]  # fmt: skip


@pytest.mark.parametrize("sampling", [RandomSampling(SMALL, 3), BayesianSampling(SMALL, 3)])
def test_of_a_small_space_everything_is_drawn_once(sampling: Sampling) -> None:
    given = _all(sampling)

    assert sorted(given) == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y")]


def test_a_value_that_is_drawn_seldom_comes_as_well() -> None:
    rare = Space({"a": Choice((1,) * 10_000 + (2,))})

    assert _all(RandomSampling(rare, 1)) == [(1,), (2,)]


def test_the_same_seed_draws_the_same() -> None:
    space = Space({"a": Uniform(0, 1)})
    one, other = RandomSampling(space, 5), RandomSampling(space, 5)

    assert [one.next([], UP) for _ in range(3)] == [other.next([], UP) for _ in range(3)]


def _searched(sampling: Sampling, goal: Goal, count: int) -> float:
    """The distance to where the best is: x = 0.7, y = -2, "b"."""
    trials: list[Trial] = []
    distances = []
    for _ in range(count):
        found = sampling.next(trials, goal)
        assert found is not None
        x, y = float(str(found["x"])), float(str(found["y"]))
        far = (x - 0.7) ** 2 + ((y + 2) / 8) ** 2 + (0.0 if found["z"] == "b" else 0.3)
        distances.append(far)
        trials.append(Trial(found, -far if goal is UP else far))
    return min(distances)


def test_a_bayesian_search_finds_more_than_chance() -> None:
    space = Space({"x": Uniform(0, 1), "y": Uniform(-4, 4), "z": Choice(("a", "b", "c"))})
    learned = [_searched(BayesianSampling(space, 1), goal, 20) for goal in (UP, DOWN)]
    by_chance = [_searched(RandomSampling(space, 1), goal, 20) for goal in (UP, DOWN)]

    assert sum(learned) < sum(by_chance) / 3


def test_those_that_run_at_one_time_are_not_the_same() -> None:
    space = Space({"x": Uniform(0, 1)})
    sampling = BayesianSampling(space, 1)
    trials = [Trial({"x": x}, -((x - 0.5) ** 2)) for x in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    for _ in range(4):
        found = sampling.next(trials, UP)
        assert found is not None
        trials.append(Trial(found, None))

    xs = sorted(float(str(trial.parameters["x"])) for trial in trials[-4:])
    assert min(b - a for a, b in itertools.pairwise(xs)) > 0.005


@pytest.mark.parametrize("endless", [Uniform(0, 1), Whole(3), Normal(0, 1)])
def test_a_grid_takes_choices_alone(endless: Uniform | Whole | Normal) -> None:
    with pytest.raises(InvalidInputError, match="'a' has no end of values"):
        GridSampling(Space({"a": endless}))


@pytest.mark.parametrize("other", [Whole(3), Normal(0, 1), Uniform(0, 1, logarithmic=True)])
def test_a_bayesian_search_takes_what_it_did_in_v1(other: Uniform | Whole | Normal) -> None:
    with pytest.raises(InvalidInputError, match="'a' is neither a choice nor uniform"):
        BayesianSampling(Space({"a": other}))
