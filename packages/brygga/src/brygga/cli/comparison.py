"""Comparing an answer with the expected one."""

from __future__ import annotations

import json
import math

_TOLERANCE = 1e-9


def first_difference(expected: object, got: object, place: str = "answer") -> str | None:
    """Where and how two JSON values differ first, or None.

    Fractions may differ by a billionth of themselves: sums of them come out so on other
    processors. 1 and 1.0 are equal, `true` and 1 are not.
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        if expected.keys() != got.keys():
            return f"{place}: expected the fields {_list(expected)}, got {_list(got)}"
        pairs = [(expected[key], got[key], f"{place}[{key!r}]") for key in expected]
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return f"{place}: expected {len(expected)} items, got {len(got)}"
        pairs = [
            (e, g, f"{place}[{i}]") for i, (e, g) in enumerate(zip(expected, got, strict=True))
        ]
    else:
        alike = _same(expected, got)
        return None if alike else f"{place}: expected {_text(expected)}, got {_text(got)}"
    return next(filter(None, (first_difference(*pair) for pair in pairs)), None)


def _same(expected: object, got: object) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, float) and isinstance(got, int | float):
        return _close(expected, got)
    if isinstance(got, float) and isinstance(expected, int):
        return _close(expected, got)
    return type(expected) is type(got) and expected == got


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_TOLERANCE) or (math.isnan(a) and math.isnan(b))


def _list(fields: dict[str, object]) -> str:
    return ", ".join(sorted(fields)) or "none"


def _text(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
