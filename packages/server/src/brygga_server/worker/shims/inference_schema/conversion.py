"""From JSON values to arguments."""

from typing import Any

from .parameter_types.abstract_parameter_type import AbstractParameterType


class ParameterError(ValueError):
    """A value that a parameter cannot take: names it, what was expected and what was received."""


def convert_argument(value: Any, param_type: AbstractParameterType, name: str) -> Any:
    """`value` as the sample of `param_type` has it. Raises `ParameterError`."""
    try:
        return _convert(value, param_type)
    except ParameterError as error:
        raise ParameterError("Parameter %r: %s" % (name, error)) from error.__cause__
    except Exception as error:
        raise ParameterError("Parameter %r: %s" % (name, error)) from error


def _convert(value: Any, param_type: AbstractParameterType) -> Any:
    expected = param_type.sample_data_type
    if expected is dict:
        return _convert_object(value, param_type)
    if expected in (list, tuple):
        return _convert_list(value, param_type)
    if isinstance(value, expected):
        return value
    return param_type.deserialize_input(value)


def _convert_object(value: Any, param_type: AbstractParameterType) -> Any:
    if not isinstance(value, dict):
        raise mismatch("an object", value)
    for key, nested in getattr(param_type, "sample_data_type_map", {}).items():
        if key in value:
            value[key] = _within("%r" % key, value[key], nested)
    return value


def _convert_list(value: Any, param_type: AbstractParameterType) -> Any:
    if not isinstance(value, (list, tuple)):
        raise mismatch("a list", value)
    nested = getattr(param_type, "sample_data_type_list", [])
    if not nested:
        return value
    return [_within("item %d" % i, item, nested[0]) for i, item in enumerate(value)]


def _within(place: str, value: Any, nested: AbstractParameterType) -> Any:
    try:
        return _convert(value, nested)
    except Exception as error:
        raise ParameterError("%s: %s" % (place, error)) from error


def mismatch(expected: str, value: Any) -> ParameterError:
    """Expected this, received that."""
    return ParameterError(
        "expected %s, received %s." % (expected, _KINDS.get(type(value), _name(value)))
    )


def _name(value: Any) -> str:
    return "a value of type %s" % type(value).__name__


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}
