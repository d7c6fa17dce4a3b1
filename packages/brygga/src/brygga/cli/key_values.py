"""`K=V` arguments: tags, properties and environment variables."""

from __future__ import annotations

from collections.abc import Iterable

import click


def pair(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Splits each value at its first `=`; a click callback.

    Raises:
        click.BadParameter: a value has no `=`, or nothing before it.
    """
    pairs = []
    for value in values:
        key, equals, text = value.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{value!r} is not of the form K=V.", param=parameter)
        pairs.append((key, text))
    return tuple(pairs)


def as_dict(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs by key; the last of a key that is given twice holds."""
    return dict(pairs)
