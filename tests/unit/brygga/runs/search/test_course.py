"""The course of a search, with a played clock and metrics as they come."""

import pytest

from brygga.errors import InvalidInputError
from brygga.runs.search import Bandit, Choice, Goal, GridSampling, SearchSpec, Space
from brygga.runs.search.course import Course, Part, Step, WhyOver


def _spec(total: int = 10, at_once: int = 2, seconds: float | None = None) -> SearchSpec:
    return SearchSpec(
        metric="accuracy",
        goal=Goal.MAXIMIZE,
        sampling=GridSampling(Space({"a": Choice((1, 2, 3, 4))})),
        total=total,
        at_once=at_once,
        policy=Bandit(amount=0.1, every=2),
        seconds=seconds,
    )


def _part(*values: float, ended: bool = False, failed: bool = False) -> Part:
    return Part({"a": 1}, values, ended, failed)


def test_no_more_run_than_may_at_one_time() -> None:
    course = Course(_spec(), 0)

    assert course.step(0, {}).begin == ({"a": 1}, {"a": 2})
    assert course.step(1, {"1": _part(), "2": _part()}) == Step()
    assert course.step(2, {"1": _part(0.5, ended=True), "2": _part()}).begin == ({"a": 3},)


def test_it_is_over_when_all_have_ended_and_nothing_is_left_to_try() -> None:
    course = Course(_spec(total=2), 0)
    course.step(0, {})

    ended = {"1": _part(0.5, ended=True), "2": _part(ended=True)}
    assert course.step(1, {**ended, "2": _part()}).over is None
    assert course.step(2, ended) == Step(over=WhyOver.DONE)


def test_it_is_over_as_well_when_the_space_is_exhausted() -> None:
    course = Course(_spec(at_once=4), 0)
    assert len(course.step(0, {}).begin) == 4

    ended = {str(number): _part(0.5, ended=True) for number in range(4)}
    assert course.step(1, ended) == Step(over=WhyOver.DONE)


def test_a_policy_looks_once_at_each_interval_that_was_reached() -> None:
    course = Course(_spec(), 0)
    course.step(0, {})

    good = _part(0.9, 0.9, 0.9)
    assert course.step(1, {"1": good, "2": _part(0.1)}).end == ()
    assert course.step(2, {"1": good, "2": _part(0.1, 0.1)}).end == ("2",)
    assert course.step(3, {"1": good, "2": _part(0.1, 0.1, 0.1, 0.1)}).end == ()
    # Several values that came at once are looked at as if they had come one by one.
    assert course.step(4, {"1": good, "3": _part(0.1, 0.1, 0.95)}).end == ("3",)


def test_when_the_time_is_over_what_runs_is_ended() -> None:
    course = Course(_spec(seconds=60), 100)
    course.step(100, {})

    running = {"1": _part(0.5), "2": _part(0.5, ended=True)}
    assert course.step(159.9, running).end == ()
    assert course.step(160, running) == Step(end=("1",))
    assert course.step(161, {each: _part(0.5, ended=True) for each in running}) == Step(
        over=WhyOver.TIME
    )


def test_a_search_of_which_every_run_fails_is_given_up() -> None:
    course = Course(_spec(), 0)
    failed = {str(number): _part(ended=True, failed=True) for number in range(3)}

    assert course.step(0, dict(list(failed.items())[:2])).over is None
    assert course.step(1, failed).over is WhyOver.HOPELESS


def test_a_search_in_which_something_was_measured_goes_on() -> None:
    course = Course(_spec(), 0)
    parts = {str(number): _part(ended=True, failed=True) for number in range(3)}

    assert course.step(0, {**parts, "3": _part(0.5, ended=True, failed=True)}).over is None


@pytest.mark.parametrize("bounds", [{"total": 0}, {"at_once": 0}, {"seconds": 0.0}])
def test_bounds_that_let_nothing_run_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError):
        _spec(**bounds)
