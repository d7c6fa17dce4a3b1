"""The decorators of run()."""

import copy
import functools
import inspect
from typing import Any, Callable, Dict, List

from .conversion import convert_argument
from .parameter_types.abstract_parameter_type import AbstractParameterType
from .schema_util import declaration, unwrapped

Function = Callable[..., Any]


def input_schema(
    param_name: str,
    param_type: AbstractParameterType,
    convert_to_provided_type: bool = True,
    optional: bool = False,
) -> Callable[[Function], Function]:
    """Declare what one parameter takes; its argument is converted from JSON before the call.

    Args:
        param_name: the parameter's name.
        param_type: its type, made from a sample.
        convert_to_provided_type: False leaves the argument as JSON has it.
        optional: an argument that is missing, or empty, is left alone.
    """
    _check_type(param_type)
    schema = param_type.input_to_swagger()
    versions = param_type.supported_versions()

    def decorate(function: Function) -> Function:
        _declare_input(function, param_name, schema, versions)
        names = _names(function)

        @functools.wraps(function)
        def converted(*args: Any, **kwargs: Any) -> Any:
            if convert_to_provided_type and not _is_conversation(args):
                if param_name in kwargs:
                    if not (optional and _is_empty(kwargs[param_name])):
                        kwargs[param_name] = convert_argument(
                            kwargs[param_name], param_type, param_name
                        )
                elif not optional:
                    args = _convert_positional(args, names, param_type, param_name)
            return function(*args, **kwargs)

        return converted

    return decorate


def output_schema(output_type: AbstractParameterType) -> Callable[[Function], Function]:
    """Declare what the function returns; for the API documents, nothing is converted."""
    _check_type(output_type)
    schema = output_type.input_to_swagger()
    versions = output_type.supported_versions()

    def decorate(function: Function) -> Function:
        found = declaration(function)
        if found.output is not None:
            name = unwrapped(function).__name__
            raise ValueError("Error, output schema already defined for function: %s." % name)
        found.output = schema
        found.versions = [version for version in found.versions if version in versions]
        return function

    return decorate


def _check_type(param_type: object) -> None:
    if not isinstance(param_type, AbstractParameterType):
        raise TypeError(
            "The type of a schema has to be a parameter type, such as NumpyParameterType(sample); "
            "a %s was given" % type(param_type).__name__
        )


def _declare_input(
    function: Function, name: str, schema: Dict[str, Any], versions: List[str]
) -> None:
    found = declaration(function)
    if found.input is None:
        names = _names(function)
        found.input = {
            "type": "object",
            "properties": {known: {} for known in names},
            "example": dict.fromkeys(names, ""),
        }
    schema = copy.deepcopy(schema)
    found.input["example"][name] = schema.pop("example")
    found.input["properties"][name] = schema
    found.versions = [version for version in found.versions if version in versions]


def _names(function: Function) -> List[str]:
    return inspect.getfullargspec(unwrapped(function)).args


def _convert_positional(
    args: Any, names: List[str], param_type: AbstractParameterType, name: str
) -> Any:
    if name not in names:
        raise ValueError('Error, provided param_name "%s" is not in the decorated function.' % name)
    at = names.index(name)
    if at >= len(args):
        return args  # the parameter's default, or Python's own error
    return (*args[:at], convert_argument(args[at], param_type, name), *args[at + 1 :])


def _is_empty(value: Any) -> bool:
    return not hasattr(value, "__array__") and not value


def _is_conversation(args: Any) -> bool:
    """The payload of Hugging Face pipelines, which v1 hands over as it is."""
    return bool(args) and type(args[0]) is dict and set(args[0]) == {"input_string", "parameters"}
