"""v1's filters by tags and properties: `'k'`, or `['k', 'v']`; all of them must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from brygga.runs import Run

Filter = Sequence[str | Sequence[str]]


def as_filters(what: str, asked: Filter | None) -> tuple[str, ...]:
    """In Brygga's form: `k` or `k=v`."""
    if asked is None:
        return ()
    if not isinstance(asked, list | tuple):
        raise UserErrorException(
            f"Error, {what} must be a list, got {type(asked).__name__}: {asked!r}."
        )
    return tuple(each if isinstance(each, str) else "=".join(each) for each in asked)


def fits(asked: Sequence[str], there: Mapping[str, str]) -> bool:
    """Whether all filters, in Brygga's form, hold."""
    return all(
        there.get(key) == value if equals else key in there
        for key, equals, value in (each.partition("=") for each in asked)
    )


def as_pairs(asked: Any) -> tuple[str, ...]:
    """Of runs: v1 takes a name, or a dictionary of names and values."""
    if asked is None:
        return ()
    if isinstance(asked, str):
        return (asked,)
    if isinstance(asked, Mapping):
        return tuple(f"{key}={value}" for key, value in asked.items())
    return as_filters("tags", asked)


def fits_run(run: Run, type: str | None, status: str | None, tags: Any, properties: Any) -> bool:
    """Whether a run is of a type, stands so, and has what its filters ask for."""
    row = run.row
    return (
        type in (None, row.kind)
        and fits(as_pairs(tags), row.tags)
        and fits(as_pairs(properties), row.properties)
        and (status is None or status == run.status.value)
    )
