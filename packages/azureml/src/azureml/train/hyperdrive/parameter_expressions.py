"""What a parameter may be: v1's descriptions, which are plain lists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from brygga.runs.search import Distribution

__all__ = [
    "choice", "lognormal", "loguniform", "normal", "qlognormal", "qloguniform", "qnormal",
    "quniform", "randint", "uniform",
]  # fmt: skip

Expression = list[Any]


def choice(*options: Any) -> Expression:
    """One of these, or of the one list or range that is given."""
    if len(options) == 1 and isinstance(options[0], list | tuple | range):
        options = tuple(options[0])
    return ["choice", [list(options)]]


def randint(upper: int) -> Expression:
    """A whole number from 0 to below `upper`."""
    return ["randint", [upper]]


def uniform(min_value: float, max_value: float) -> Expression:
    """Any number between two."""
    return ["uniform", [min_value, max_value]]


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """The same as multiples of `q`."""
    return ["quniform", [min_value, max_value, q]]


def loguniform(min_value: float, max_value: float) -> Expression:
    """E to the power of any number between two."""
    return ["loguniform", [min_value, max_value]]


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """The same as multiples of `q`."""
    return ["qloguniform", [min_value, max_value, q]]


def normal(mu: float, sigma: float) -> Expression:
    """A number around a mean."""
    return ["normal", [mu, sigma]]


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """The same as multiples of `q`."""
    return ["qnormal", [mu, sigma, q]]


def lognormal(mu: float, sigma: float) -> Expression:
    """E to the power of a number around a mean."""
    return ["lognormal", [mu, sigma]]


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """The same as multiples of `q`."""
    return ["qlognormal", [mu, sigma, q]]


def to_brygga(name: str, expression: Any) -> Distribution:
    """What a description means.

    Raises:
        UserErrorException: it is none, as a number that was meant to stay the same.
    """
    from brygga.runs.search import Choice, Normal, Uniform, Whole

    try:
        kind, values = expression
        if kind == "choice":
            return Choice(tuple(_plain(each) for each in values[0]))
        if kind == "randint":
            return Whole(int(values[0]))
        shape = {"uniform": Uniform, "normal": Normal}[kind.lstrip("q").removeprefix("log")]
        one, other, step = map(float, [*values, 0] if len(values) == 2 else values)
        return shape(one, other, step, "log" in kind)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UserErrorException(
            f"The parameter {name!r} is {expression!r}, which says no values: use choice, "
            "uniform, normal or their like. A value that stays the same goes into the arguments "
            "of the script."
        ) from error


def _plain(option: Any) -> Any:
    """As text and JSON have it: NumPy's numbers as Python's, lists as text."""
    if callable(getattr(option, "item", None)):
        return option.item()
    if option is None or isinstance(option, str | int | float):
        return option
    return json.dumps(option)
