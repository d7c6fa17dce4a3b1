"""What a search may try: for each parameter its values, or how they are distributed.

Each distribution is a way of its own from the unit interval: `at(share)` is the value below which
`share` of all lie. Drawing is `at` of a random number, and a search that learns works in shares.
"""

from __future__ import annotations

import itertools
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

Value = float | int | str | bool | None
Parameters = Mapping[str, Value]

_TINY = 1e-9  # a normal distribution has no value at 0 and 1


class Distribution(ABC):
    """The values of one parameter."""

    @abstractmethod
    def at(self, share: float) -> Value:
        """The value below which `share` (0 to 1) of all lie."""


@dataclass(frozen=True)
class Choice(Distribution):
    """One of several values, each as likely."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise _invalid("A choice of nothing cannot be searched.", "Give at least one value.")

    def at(self, share: float) -> Value:
        """Each has an equal part of the interval."""
        return self.options[min(int(share * len(self.options)), len(self.options) - 1)]


@dataclass(frozen=True)
class Whole(Distribution):
    """A whole number from 0 to below a bound."""

    below: int

    def __post_init__(self) -> None:
        if self.below < 1:
            raise _invalid(f"There is no whole number below {self.below}.", "Give one above 0.")

    def at(self, share: float) -> int:
        """Each has an equal part of the interval."""
        return min(int(share * self.below), self.below - 1)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any number between two; with `logarithmic`, e to the power of that.

    Attributes:
        step: 0, or what the value is rounded to a multiple of.
    """

    low: float
    high: float
    step: float = 0.0
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise _invalid(
                f"There is no number between {self.low} and {self.high}.",
                "Give the smaller one first.",
            )
        _check_step(self.step)

    def at(self, share: float) -> float:
        """A straight line, or e to the power of one."""
        return _shaped(self.low + share * (self.high - self.low), self.step, self.logarithmic)


@dataclass(frozen=True)
class Normal(Distribution):
    """A number around a mean; with `logarithmic`, e to the power of that.

    Attributes:
        step: 0, or what the value is rounded to a multiple of.
    """

    mean: float
    deviation: float
    step: float = 0.0
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if not self.deviation > 0:
            raise _invalid(
                f"A normal distribution cannot have the deviation {self.deviation}.",
                "Give one above 0.",
            )
        _check_step(self.step)

    def at(self, share: float) -> float:
        """The quantile."""
        inner = min(max(share, _TINY), 1 - _TINY)
        value = NormalDist(self.mean, self.deviation).inv_cdf(inner)
        return _shaped(value, self.step, self.logarithmic)


@dataclass(frozen=True)
class Space:
    """All parameters, by name."""

    distributions: Mapping[str, Distribution]

    def __post_init__(self) -> None:
        if not self.distributions:
            raise _invalid("There is no parameter to search.", "Give at least one.")

    @property
    def size(self) -> int | None:
        """How many different sets of values there are; None where any number may be one."""
        size = 1
        for each in self.distributions.values():
            if not isinstance(each, Choice):
                return None
            size *= len(set(each.options))
        return size

    def all(self) -> Iterator[dict[str, Value]]:
        """Every set of values there is, in order; for a space that has a size."""
        options = [
            dict.fromkeys(each.options)
            for each in self.distributions.values()
            if isinstance(each, Choice)
        ]
        for values in itertools.product(*options):
            yield dict(zip(self.distributions, values, strict=True))

    def at(self, shares: Mapping[str, float]) -> dict[str, Value]:
        """The values at a place of the unit cube."""
        return {name: each.at(shares[name]) for name, each in self.distributions.items()}

    def draw(self, chance: random.Random) -> dict[str, Value]:
        """Values drawn by chance."""
        return self.at({name: chance.random() for name in self.distributions})


def _shaped(value: float, step: float, logarithmic: bool) -> float:
    value = math.exp(value) if logarithmic else value
    return round(value / step) * step if step else value


def _check_step(step: float) -> None:
    if step < 0:
        raise _invalid(f"Values cannot be rounded to multiples of {step}.", "Give one above 0.")


def _invalid(message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.SEARCH_SPACE_INVALID, hint=hint)
