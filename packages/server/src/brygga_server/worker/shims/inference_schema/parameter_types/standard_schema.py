"""OpenAPI schemas of Python values, with the value as their example."""

import base64
import datetime
from typing import Any, Dict, Sequence

from .abstract_parameter_type import AbstractParameterType


def value_schema(value: Any) -> Dict[str, Any]:
    """The schema of any value."""
    if isinstance(value, AbstractParameterType):
        return value.input_to_swagger()
    kind = type(value)
    if kind in (list, tuple, range):
        return list_schema(value)
    if kind is dict:
        return object_schema(value)
    if kind in _SCALARS:
        return dict(_SCALARS[kind], example=_example(value))
    return {"type": "object", "example": value}


def list_schema(values: Sequence[Any]) -> Dict[str, Any]:
    """The schema of a list, whose last item stands for all of them."""
    item: Dict[str, Any] = {"type": "object"}
    example = []
    for value in values:
        item = value_schema(value)
        example.append(item.pop("example"))
    return {"type": "array", "items": item, "example": example}


def object_schema(values: Dict[Any, Any]) -> Dict[str, Any]:
    """The schema of an object that has to have each of these names."""
    properties, example = {}, {}
    for name, value in values.items():
        properties[name] = value_schema(value)
        example[name] = properties[name].pop("example")
    required = list(values)
    return {"type": "object", "required": required, "properties": properties, "example": example}


_SCALARS: Dict[type, Dict[str, Any]] = {
    int: {"type": "integer", "format": "int64"},
    bytes: {"type": "string", "format": "byte"},
    bytearray: {"type": "string", "format": "byte"},
    str: {"type": "string"},
    float: {"type": "number", "format": "double"},
    bool: {"type": "boolean"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.time: {"type": "string", "format": "time"},
}


def _example(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.datetime, datetime.time)):
        # A time without a zone is in UTC.
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        day = "%Y-%m-%d " if isinstance(value, datetime.datetime) else ""
        return aware.strftime(day + "%H:%M:%S.%f %z")
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime.date) else value
