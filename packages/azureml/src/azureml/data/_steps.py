"""What is done to the rows of a dataset on the way to pandas: JSON, which is kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Step = Sequence[Any]
"""The name of one below, and its arguments."""


def _take(frame: Any, count: int) -> Any:
    return frame.head(count)


def _skip(frame: Any, count: int) -> Any:
    return frame.iloc[count:]


def _keep(frame: Any, columns: list[str]) -> Any:
    return frame[columns]


def _drop(frame: Any, columns: list[str]) -> Any:
    return frame.drop(columns=columns)


def _part(frame: Any, share: float, seed: int) -> Any:
    return frame.sample(frac=share, random_state=seed).sort_index()


def _rest(frame: Any, share: float, seed: int) -> Any:
    return frame.drop(_part(frame, share, seed).index)


_STEPS: Mapping[str, Callable[..., Any]] = {
    "take": _take,
    "skip": _skip,
    "keep": _keep,
    "drop": _drop,
    "part": _part,
    "rest": _rest,
}


def applied(frame: Any, steps: Sequence[Step]) -> Any:
    """The rows after all steps, counted anew."""
    for name, *arguments in steps:
        frame = _STEPS[name](frame, *arguments)
    return frame.reset_index(drop=True)
