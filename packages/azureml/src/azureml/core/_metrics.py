"""What a run logs: v1's forms of a metric, checked and put together again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from brygga.store.rows import Metric


def check_scalar(name: str, value: object) -> None:
    """A scalar is one value.

    Raises:
        UserErrorException: it is several.
    """
    if isinstance(value, list | tuple | dict):
        raise UserErrorException(
            f"The metric {name} is of type {type(value).__name__}: use log_list for lists, "
            "log_table for dictionaries of columns."
        )


def check_list(name: str, value: object) -> list[Any]:
    """A list of values.

    Raises:
        UserErrorException: it is none.
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise UserErrorException(f"The metric {name} is no list: {value!r}.")
    return list(value)


def check_table(name: str, value: object) -> dict[str, Any]:
    """A dictionary of columns.

    Raises:
        UserErrorException: it is none.
    """
    if not isinstance(value, Mapping):
        raise UserErrorException(f"The metric {name} is no dictionary of columns: {value!r}.")
    return dict(value)


def check_document(name: str, value: object) -> dict[str, Any]:
    """A chart: a dictionary, or its JSON, with `schema_type` and `data`.

    Raises:
        UserErrorException: it is none.
    """
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, Mapping) or "data" not in found:
        raise UserErrorException(
            f"The metric {name} must be a dictionary with schema_type, schema_version and data."
        )
    return dict(found)


def gathered(metrics: Sequence[Metric], name: str | None = None) -> dict[str, Any]:
    """Values by name: one as it is, several of a name together."""
    found: dict[str, list[Metric]] = {}
    for metric in metrics:
        if name in (None, metric.name):
            found.setdefault(metric.name, []).append(metric)
    return {key: _joined(several) for key, several in found.items()}


def _joined(several: Sequence[Metric]) -> Any:
    values = [metric.value for metric in several]
    if len(values) == 1:
        return values[0]
    if all(isinstance(value, list) for value in values):
        return [each for value in values for each in value]
    if all(isinstance(value, dict) for value in values):
        columns: dict[str, list[Any]] = {}
        for value in values:
            for key, each in value.items():
                columns.setdefault(key, []).extend(each if isinstance(each, list) else [each])
        return columns
    return values
