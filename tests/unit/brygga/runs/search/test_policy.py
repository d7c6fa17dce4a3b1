"""Policies, each alone with the metrics of a script."""

from collections.abc import Callable, Sequence

import pytest

from brygga.errors import InvalidInputError
from brygga.runs.search import Bandit, Goal, MedianStopping, NoPolicy, Policy, Truncation

UP, DOWN = Goal.MAXIMIZE, Goal.MINIMIZE


@pytest.mark.parametrize(
    ("every", "delay", "looked_at"),
    [
        (1, 0, [1, 2, 3, 4, 5, 6]),
        (2, 0, [2, 4, 6]),
        (1, 3, [3, 4, 5, 6]),
        (2, 3, [4, 6]),
        (3, 6, [6]),
    ],
)
def test_a_policy_looks_at_multiples_from_its_delay_on(
    every: int, delay: int, looked_at: list[int]
) -> None:
    policy = MedianStopping(every=every, delay=delay)

    assert [n for n in range(1, 7) if policy.looks_at(n)] == looked_at


@pytest.mark.parametrize(
    ("policy", "goal", "value", "ends"),
    [
        # The example of Azure's documentation: a best of 0.8, and 0.66 or 0.6 are needed.
        (Bandit(factor=0.2), UP, 0.66, True),
        (Bandit(factor=0.2), UP, 0.67, False),
        (Bandit(amount=0.2), UP, 0.59, True),
        (Bandit(amount=0.2), UP, 0.61, False),
        (Bandit(factor=0.2), DOWN, 0.97, True),
        (Bandit(factor=0.2), DOWN, 0.95, False),
        (Bandit(amount=0.2), DOWN, 1.01, True),
        (Bandit(amount=0.2), DOWN, 0.99, False),
    ],
)
def test_bandit_ends_what_is_beyond_its_slack(
    policy: Policy, goal: Goal, value: float, ends: bool
) -> None:
    assert policy.ends([value], [[0.8]], goal) is ends


@pytest.mark.parametrize("goal", [UP, DOWN])
@pytest.mark.parametrize("best", [-0.8, 0.0, 0.8])
def test_bandit_never_ends_the_best(goal: Goal, best: float) -> None:
    worse = best - 0.1 if goal is UP else best + 0.1

    assert not Bandit(factor=0.2).ends([best], [[worse]], goal)
    assert Bandit(factor=0.05).ends([worse], [[best]], goal)


def test_bandit_counts_the_best_of_a_run_and_no_later_values_of_others() -> None:
    policy = Bandit(amount=0.1)

    assert not policy.ends([0.9, 0.1], [[0.8, 0.85]], UP)
    assert not policy.ends([0.5], [[0.5, 0.9]], UP)
    assert policy.ends([0.5, 0.5], [[0.5, 0.9]], UP)


@pytest.mark.parametrize(
    ("run", "others", "goal", "ends"),
    [
        ([0.3], [[0.5], [0.6]], UP, True),
        ([0.5], [[0.4], [0.6]], UP, False),
        ([0.3], [[0.5], [0.6]], DOWN, False),
        ([0.9], [[0.5], [0.6]], DOWN, True),
        # 0.1 and 0.5 make 0.3, and the best of the run is 0.5.
        ([0.1, 0.5], [[0.4, 0.4], [0.6, 0.6]], UP, False),
        # Those that did not get as far are not compared.
        ([0.3, 0.3], [[0.9], [0.9]], UP, False),
        ([0.3], [], UP, False),
    ],
)
def test_median_stopping(
    run: list[float], others: list[list[float]], goal: Goal, ends: bool
) -> None:
    assert MedianStopping().ends(run, others, goal) is ends


@pytest.mark.parametrize(
    ("percentage", "goal", "kept"),
    [(20, UP, [2, 3, 4, 5]), (40, UP, [3, 4, 5]), (40, DOWN, [1, 2, 3]), (19, UP, [1, 2, 3, 4, 5])],
)
def test_truncation_ends_the_lowest_part(percentage: int, goal: Goal, kept: list[int]) -> None:
    policy = Truncation(percentage)
    values: Sequence[float] = [1, 2, 3, 4, 5]

    assert [
        value
        for value in values
        if not policy.ends([value], [[other] for other in values if other != value], goal)
    ] == kept


def test_truncation_compares_at_the_interval() -> None:
    policy = Truncation(50)

    assert policy.ends([9, 1], [[0, 5]], UP)
    assert not policy.ends([1], [[0, 5]], UP)
    assert not policy.ends([9, 1], [[99]], UP)


def test_no_policy_ends_nothing() -> None:
    assert not NoPolicy().ends([0.0], [[1.0]], UP)


@pytest.mark.parametrize(
    "make",
    [
        Bandit,
        lambda: Bandit(factor=0.1, amount=0.1),
        lambda: Bandit(factor=-0.1),
        lambda: Bandit(amount=-1),
        lambda: Truncation(0),
        lambda: Truncation(100),
        lambda: MedianStopping(every=0),
        lambda: MedianStopping(delay=-1),
    ],
)
def test_a_policy_that_means_nothing_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInputError):
        make()
