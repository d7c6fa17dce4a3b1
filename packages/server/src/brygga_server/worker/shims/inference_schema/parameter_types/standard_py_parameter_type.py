"""Parameters of Python's own types, nested types within them."""

import base64
import datetime
import json
from typing import Any, Dict, List

from ..conversion import ParameterError, mismatch
from .abstract_parameter_type import AbstractParameterType
from .standard_schema import value_schema

_NAMES = {
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    datetime.date: "a date (YYYY-MM-DD)",
    datetime.datetime: "a date and time",
    datetime.time: "a time of day",
    bytes: "bytes in base64",
    bytearray: "bytes in base64",
}


class StandardPythonParameterType(AbstractParameterType):
    """A value like the sample; dicts and lists may hold further parameter types."""

    def __init__(self, sample_input: Any) -> None:
        super().__init__(sample_input)
        self.sample_data_type_map: Dict[Any, AbstractParameterType] = {}
        self.sample_data_type_list: List[AbstractParameterType] = []
        if self.sample_data_type is dict:
            nested = sample_input.items()
            self.sample_data_type_map = {
                key: value for key, value in nested if isinstance(value, AbstractParameterType)
            }
        elif self.sample_data_type in (list, tuple):
            self.sample_data_type_list = [
                item for item in sample_input if isinstance(item, AbstractParameterType)
            ]

    def deserialize_input(self, input_data: Any) -> Any:
        """The value from JSON: dates and times from text, bytes from base64, the rest as it is."""
        kind = self.sample_data_type
        value = input_data
        if isinstance(value, str) and kind in _FROM_TEXT:
            try:
                value = _FROM_TEXT[kind](value)
            except (ValueError, OverflowError) as error:
                raise ParameterError(
                    "expected %s, received %r (%s)." % (_NAMES[kind], input_data, error)
                ) from error
        if kind is float and type(value) is int:
            return value
        if not isinstance(value, kind):
            raise mismatch(_NAMES.get(kind, "a value of type %s" % kind.__name__), input_data)
        return value

    def input_to_swagger(self) -> Dict[str, Any]:
        """The schema of the sample. Raises `TypeError` where JSON has no such value."""
        if self.sample_input is None:
            raise ValueError("Sample input cannot be None")
        schema = value_schema(self.sample_input)
        try:
            json.dumps(schema)
        except TypeError as error:
            raise TypeError(
                "The sample cannot be described in OpenAPI, all of it has to be JSON: %s" % error
            ) from error
        return schema


def _datetime(text: str) -> datetime.datetime:
    try:
        from dateutil import parser
    except ImportError:
        return _datetime_without_dateutil(text)
    return parser.parse(text)  # type: ignore[no-any-return]


def _datetime_without_dateutil(text: str) -> datetime.datetime:
    for form in ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            return datetime.datetime.strptime(text, form)  # noqa: DTZ007 - the form has a zone
        except ValueError:
            continue
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _time(text: str) -> datetime.time:
    if "-" not in text.split(" ", maxsplit=1)[0] and "T" not in text:
        text = "1970-01-01 " + text
    return _datetime(text).timetz()


def _date(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone


def _bytearray(text: str) -> bytearray:
    return bytearray(base64.b64decode(text))


_FROM_TEXT: Dict[type, Any] = {
    datetime.date: _date,
    datetime.datetime: _datetime,
    datetime.time: _time,
    bytes: base64.b64decode,
    bytearray: _bytearray,
}
