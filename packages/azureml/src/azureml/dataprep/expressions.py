"""`col`: a column by its name, to filter and sort rows by."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


class Expression:
    """Something to compute for each row of a frame; comparing it gives another one."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        self._of = of

    def __call__(self, frame: Any) -> Any:
        return self._of(frame)

    def _with(self, how: Callable[[Any, Any], Any], other: Any) -> Expression:
        def of(frame: Any) -> Any:
            return how(self(frame), other(frame) if isinstance(other, Expression) else other)

        return Expression(of)

    def __eq__(self, other: object) -> Expression:
        return self._with(operator.eq, other)

    def __ne__(self, other: object) -> Expression:
        return self._with(operator.ne, other)

    def __lt__(self, other: Any) -> Expression:
        return self._with(operator.lt, other)

    def __le__(self, other: Any) -> Expression:
        return self._with(operator.le, other)

    def __gt__(self, other: Any) -> Expression:
        return self._with(operator.gt, other)

    def __ge__(self, other: Any) -> Expression:
        return self._with(operator.ge, other)

    def __and__(self, other: Any) -> Expression:
        return self._with(operator.and_, other)

    def __or__(self, other: Any) -> Expression:
        return self._with(operator.or_, other)

    def __add__(self, other: Any) -> Expression:
        return self._with(operator.add, other)

    def __sub__(self, other: Any) -> Expression:
        return self._with(operator.sub, other)

    def __mul__(self, other: Any) -> Expression:
        return self._with(operator.mul, other)

    def __truediv__(self, other: Any) -> Expression:
        return self._with(operator.truediv, other)

    def __invert__(self) -> Expression:
        return Expression(lambda frame: ~self(frame))

    __hash__ = None  # type: ignore[assignment]

    def is_null(self) -> Expression:
        """Where there is no value."""
        return Expression(lambda frame: self(frame).isna())

    def is_not_null(self) -> Expression:
        """Where there is one."""
        return Expression(lambda frame: self(frame).notna())

    def contains(self, value: str) -> Expression:
        """Where the text has another in it."""
        return Expression(lambda frame: self(frame).astype(str).str.contains(value, regex=False))

    def starts_with(self, value: str) -> Expression:
        """Where the text begins so."""
        return Expression(lambda frame: self(frame).astype(str).str.startswith(value))

    def ends_with(self, value: str) -> Expression:
        """Where the text ends so."""
        return Expression(lambda frame: self(frame).astype(str).str.endswith(value))


def col(name: str) -> Expression:
    """The column of that name."""
    return Expression(operator.itemgetter(name))
