"""Which parameters a search tries next (docs/adr/0300-searches-are-small-and-here.md)."""

from __future__ import annotations

import json
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.runs.search.gaussian import fitted
from brygga.runs.search.goal import Goal
from brygga.runs.search.space import Choice, Parameters, Space, Uniform, Value

_TRIES = 100  # to draw something new where all that may be drawn is counted
_LEARNS_FROM = 100  # of the best points: more would take seconds
_CANDIDATES = 200


@dataclass(frozen=True)
class Trial:
    """Parameters that were tried, and the best value so far; None where there is none (yet)."""

    parameters: Parameters
    value: float | None


class Sampling(ABC):
    """Gives parameters, one set after the other. Holds what it gave; made anew for each search."""

    @abstractmethod
    def next(self, trials: Sequence[Trial], goal: Goal) -> dict[str, Value] | None:
        """The next parameters to try; None where there are no others."""


class RandomSampling(Sampling):
    """Drawn by chance; where all values are choices, none twice."""

    def __init__(self, space: Space, seed: int | None = None) -> None:
        """The same seed gives the same parameters."""
        self._space = space
        self._chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
        self._given: set[str] = set()

    def next(self, trials: Sequence[Trial], goal: Goal) -> dict[str, Value] | None:  # noqa: ARG002
        """Drawn without looking at what was found."""
        size = self._space.size
        if size is not None and len(self._given) >= size:
            return None
        drawn = self._space.draw(self._chance)
        if size is not None:
            for _ in range(_TRIES):
                if _key(drawn) not in self._given:
                    break
                drawn = self._space.draw(self._chance)
            else:  # what is left is rare: look through all of it
                drawn = next(each for each in self._space.all() if _key(each) not in self._given)
        self._given.add(_key(drawn))
        return drawn


class GridSampling(Sampling):
    """Every combination of choices, in their order."""

    def __init__(self, space: Space) -> None:
        """Refuses anything but choices.

        Raises:
            InvalidInputError: naming the parameter.
        """
        for name, each in space.distributions.items():
            if not isinstance(each, Choice):
                raise InvalidInputError(
                    f"The parameter {name!r} has no end of values, and a grid tries each.",
                    code=ErrorCode.SEARCH_SPACE_INVALID,
                    hint="Make it a choice, or draw at random.",
                )
        self._left = space.all()

    def next(self, trials: Sequence[Trial], goal: Goal) -> dict[str, Value] | None:  # noqa: ARG002
        """The next combination."""
        return next(self._left, None)


class BayesianSampling(Sampling):
    """Where a Gaussian process, fitted to what was found, expects the largest gain.

    The first ones are drawn by chance. What still runs counts as if it found the mean, so that
    those that run at one time are not the same.
    """

    def __init__(self, space: Space, seed: int | None = None) -> None:
        """Refuses what is not a choice or uniform, as v1 did.

        Raises:
            InvalidInputError: naming the parameter.
        """
        for name, each in space.distributions.items():
            if not isinstance(each, Choice | Uniform) or (
                isinstance(each, Uniform) and each.logarithmic
            ):
                raise InvalidInputError(
                    f"The parameter {name!r} is neither a choice nor uniform, and a Bayesian "
                    "search knows no others.",
                    code=ErrorCode.SEARCH_SPACE_INVALID,
                    hint="Make it choice, uniform or quniform, or draw at random.",
                )
        self._space = space
        self._chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
        self._first = RandomSampling(space, self._chance.randrange(2**32))
        self._given: set[str] = set()

    def next(self, trials: Sequence[Trial], goal: Goal) -> dict[str, Value] | None:
        """The best of some hundred places that were drawn."""
        size = self._space.size
        if size is not None and len(self._given) >= size:
            return None
        known = sum(each.value is not None for each in trials)
        learns = known >= 2 + 2 * len(self._space.distributions)
        chosen = self._learned(trials, goal) if learns else None
        while chosen is None or _key(chosen) in self._given:
            chosen = self._first.next(trials, goal)
            if chosen is None:
                return None
        self._given.add(_key(chosen))
        return chosen

    def _learned(self, trials: Sequence[Trial], goal: Goal) -> dict[str, Value] | None:
        sign = 1.0 if goal is Goal.MAXIMIZE else -1.0
        known = [(each.parameters, sign * each.value) for each in trials if each.value is not None]
        known = sorted(known, key=lambda each: -each[1])[:_LEARNS_FROM]
        best = known[0][1]
        mean = sum(value for _, value in known) / len(known)
        known += [(each.parameters, mean) for each in trials if each.value is None]
        process = fitted([self._place(p) for p, _ in known], [value for _, value in known])
        drawn = (self._space.draw(self._chance) for _ in range(_CANDIDATES))
        fresh = [each for each in drawn if _key(each) not in self._given]
        if not fresh:
            return None
        return max(fresh, key=lambda each: process.expected_gain(self._place(each), best))

    def _place(self, parameters: Parameters) -> list[float]:
        """Where in the cube: a number for a number, one for each option of a choice."""
        place: list[float] = []
        for name, each in self._space.distributions.items():
            value = parameters[name]
            if isinstance(each, Uniform) and isinstance(value, int | float):
                place.append((value - each.low) / (each.high - each.low))
            elif isinstance(each, Choice):
                place += _of_choice(each, value)
        return place


def _of_choice(choice: Choice, value: Value) -> list[float]:
    """Numbers lie in their order; of anything else each is as far from each other."""
    options = sorted(each for each in set(choice.options) if _is_number(each))
    if len(options) == len(set(choice.options)) and _is_number(value):
        return [options.index(value) / max(len(options) - 1, 1)]
    return [math.sqrt(0.5) if each == value else 0.0 for each in choice.options]


def _is_number(value: Value) -> TypeGuard[float | int]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(parameters: Parameters) -> str:
    return json.dumps(parameters, sort_keys=True)
