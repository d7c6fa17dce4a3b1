"""What has been declared of a function."""

import copy
from typing import Any, Callable, Dict, List, Optional

ALL_SUPPORTED_VERSIONS = ["2.0", "3.0", "3.1"]
_ATTRIBUTE = "__inference_schema__"
_declared: Dict[str, "Declaration"] = {}


class Declaration:
    """The schemas of one function, gathered by its decorators from the inside out."""

    def __init__(self) -> None:
        self.input: Optional[Dict[str, Any]] = None
        self.output: Optional[Dict[str, Any]] = None
        self.versions: List[str] = list(ALL_SUPPORTED_VERSIONS)


def declaration(func: Callable[..., Any]) -> Declaration:
    """The declaration of `func`, made where there is none."""
    found = _find(func)
    if found is None:
        found = Declaration()
        original = unwrapped(func)
        setattr(original, _ATTRIBUTE, found)
        _declared["%s.%s" % (original.__module__, original.__name__)] = found
    return found


def unwrapped(func: Callable[..., Any]) -> Any:
    """The function under all decorators that say what they wrap."""
    inner = getattr(func, "__wrapped__", None)
    return func if inner is None else unwrapped(inner)


def get_input_schema(func: Callable[..., Any]) -> Dict[str, Any]:
    """The OpenAPI schema of the input, an object of the parameters."""
    found = _find(func)
    return found.input if found and found.input else {"type": "object"}


def get_output_schema(func: Callable[..., Any]) -> Dict[str, Any]:
    """The OpenAPI schema of the output."""
    found = _find(func)
    return found.output if found and found.output else {"type": "object"}


def get_supported_versions(func: Callable[..., Any]) -> List[str]:
    """The versions of OpenAPI that can tell every declared schema."""
    found = _find(func)
    return sorted(found.versions) if found else list(ALL_SUPPORTED_VERSIONS)


def is_schema_decorated(func: Callable[..., Any]) -> bool:
    """Whether anything has been declared of `func`."""
    return _find(func) is not None


def get_schemas_dict() -> Dict[str, Dict[str, Any]]:
    """A copy of all declared schemas, by `module.function`."""
    schemas: Dict[str, Dict[str, Any]] = {}
    for name, found in _declared.items():
        parts = {"input_schema": found.input, "output_schema": found.output}
        schemas[name] = {key: copy.deepcopy(part) for key, part in parts.items() if part}
    return schemas


def _find(func: Callable[..., Any]) -> Optional[Declaration]:
    found: Optional[Declaration] = getattr(unwrapped(func), _ATTRIBUTE, None)
    return found
