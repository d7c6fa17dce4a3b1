"""The names of v1: modules, what people import from them, and the members of classes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("v1_names.tsv")


@cache
def _rows() -> dict[str, frozenset[str]]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {name: frozenset(found.split()) for name, found in rows}


def modules() -> dict[str, frozenset[str]]:
    """What is imported from each module."""
    return {name: found for name, found in _rows().items() if not name.startswith(".")}


def members(name: str) -> frozenset[str]:
    """The members of a class; none where v1 has no such class."""
    return _rows().get(f".{name}", frozenset())


def classes() -> dict[str, frozenset[str]]:
    """The members of each class."""
    return {name[1:]: found for name, found in _rows().items() if name.startswith(".")}
