"""JSON numbers to arrays, without a Python object for each number.

There is one truth for input: `json.loads` and the script's own declaration, in the worker. What is
here is an optimisation: it either gives exactly what that would give, or None, and then the body
goes to the worker as it came.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

simdjson: Any
try:
    import simdjson
except ImportError:  # no wheel for this Python or processor
    simdjson = None

_CODES = {"f": ("d", "<f8"), "i": ("i", "<i8"), "u": ("u", "<u8")}
_PARSER_KEEPS = 1 << 20  # bytes of body; what a parser has grown to for a larger one is given back
_EXACT = 2.0**63
_HOP = 256  # bytes between brackets from which on hopping is faster


@dataclass(frozen=True)
class Declared:
    """A parameter that is an array of numbers; the first dimension is free."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    @cached_property
    def trailing(self) -> tuple[int, ...]:
        """All dimensions but the first."""
        return tuple(size or 0 for size in self.shape[1:])

    @property
    def parsed(self) -> bool:
        """Whether JSON numbers make such an array; of booleans and the like the worker does."""
        return self.dtype[1:2] in _CODES


class Array(NamedTuple):
    """An array in memory, C order."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: memoryview


class Parsed(NamedTuple):
    """The body of a request: its arrays, and all other values."""

    arrays: list[Array]
    values: dict[str, object]


def parse(body: bytes, declared: Sequence[Declared], others: Collection[str]) -> Parsed | None:
    """The arrays and other values of a JSON object, or None where it is not certain what they are.

    Args:
        body: JSON text.
        declared: The parameters that are arrays, with a `parsed` dtype.
        others: Names of the other parameters.
    """
    return _parse(body, declared, others)


class _Fast:
    """simdjson: arrays are read from its tape in one step each.

    It flattens nested lists without a word. So rows are counted and measured one by one, and the
    brackets of the whole text have to be those of these rows: a list that hides among the numbers
    would be one too many. With a backslash in the text brackets cannot be counted.
    """

    def __init__(self) -> None:
        self._parser = simdjson.Parser()

    def __call__(
        self, body: bytes, declared: Sequence[Declared], others: Collection[str]
    ) -> Parsed | None:
        if b"\\" in body:
            return None
        parser = self._parser if len(body) <= _PARSER_KEEPS else simdjson.Parser()
        try:
            return _from_tape(parser.parse(body), body, declared, others)
        except (ValueError, TypeError, KeyError, RuntimeError):
            return None


def _from_tape(
    root: Any, text: bytes, declared: Sequence[Declared], others: Collection[str]
) -> Parsed | None:
    if not isinstance(root, simdjson.Object):
        return None
    names = list(root.keys())
    if len(names) > 1 and len(set(names)) != len(names):
        return None  # json.loads takes the last, simdjson the first
    arrays, brackets = [], 0
    for parameter in declared:
        if parameter.name not in names:
            continue
        names.remove(parameter.name)
        found = root[parameter.name]
        if not isinstance(found, simdjson.Array):
            return None
        trailing = parameter.trailing
        brackets += _count_lists(found, trailing)
        code, dtype = _CODES[parameter.dtype[1]]
        data = memoryview(found.as_buffer(of_type=code))
        arrays.append(Array(parameter.name, dtype, (len(found), *trailing), data))
    values: dict[str, object] = {}
    for name in names:
        if name not in others:
            return None
        value = root[name]
        if isinstance(value, simdjson.Array):
            brackets += value.mini.count(b"[")
            value = value.as_list()
        elif isinstance(value, simdjson.Object):
            brackets += value.mini.count(b"[")
            value = value.as_dict()
        elif isinstance(value, str):
            brackets += value.count("[")
        values[name] = value
    return Parsed(arrays, values) if arrays and _holds(text, brackets) else None


def _holds(text: bytes, brackets: int) -> bool:
    """Whether a text holds exactly so many opening brackets.

    They are few and far between in rows of many columns; then hopping from one to the next is
    twenty times faster than counting.
    """
    if brackets * _HOP > len(text):
        return text.count(b"[") == brackets
    at = -1
    for _ in range(brackets):
        at = text.find(b"[", at + 1)
        if at < 0:
            return False
    return text.find(b"[", at + 1) < 0


def _count_lists(found: Any, trailing: tuple[int, ...]) -> int:
    """How many lists there are in nested lists of this shape. Raises where it is another."""
    if not len(found):  # NumPy sees another shape in `[]` than the one declared
        raise ValueError("no rows")
    if not trailing:
        return 1
    size = trailing[0]
    count = 1
    for row in found:
        if type(row) is not simdjson.Array or len(row) != size:
            raise ValueError("rows of different lengths")
        count += _count_lists(row, trailing[1:]) if len(trailing) > 1 else 1
    return count


def _parse_without_simdjson(
    body: bytes, declared: Sequence[Declared], others: Collection[str]
) -> Parsed | None:
    """The same with orjson: a Python object for each number, and still no Python code for each."""
    import orjson  # its own imports take longer than all else here, and most need it never

    try:
        root = orjson.loads(body)
        arrays = [_from_lists(root.pop(p.name), p) for p in declared if p.name in root]
    except (ValueError, TypeError, OverflowError, AttributeError):
        return None
    if not arrays or any(name not in others or not _exact(v) for name, v in root.items()):
        return None
    return Parsed(arrays, root)


def _from_lists(found: Any, declared: Declared) -> Array:
    """Nested lists as an array. Raises where they are no such array."""
    if type(found) is not list or not found:
        raise ValueError("no rows")
    items, trailing = found, declared.trailing
    for size in trailing:
        if not all(type(row) is list and len(row) == size for row in items):
            raise ValueError("rows of different lengths")
        items = list(chain.from_iterable(items))
    code, dtype = _CODES[declared.dtype[1]]
    data = array({"i": "q", "u": "Q"}.get(code, code), items)
    return Array(declared.name, dtype, (len(found), *trailing), memoryview(data).cast("B"))


def _exact(value: object) -> bool:
    """Whether orjson has surely not made a float of a long integer."""
    if isinstance(value, float):
        return abs(value) < _EXACT
    if isinstance(value, list):
        return all(map(_exact, value))
    return not isinstance(value, dict) or all(map(_exact, value.values()))


_parse = _parse_without_simdjson if simdjson is None else _Fast()
