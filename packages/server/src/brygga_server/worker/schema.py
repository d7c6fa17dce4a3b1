"""What the decorators of `inference_schema` have noted down about run().

The package may be ours (`shims/inference_schema`) or the user's own; both are asked through
`schema_util`, and both keep a decorated function behind `__wrapped__`.
"""

import sys
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

_UTIL = "inference_schema.schema_util"
_NUMPY_TYPE = "inference_schema.parameter_types.numpy_parameter_type"
VERSIONS = ("2", "3", "3.1")


class Parameter(NamedTuple):
    """One input parameter as READY describes it."""

    name: str
    kind: str  # numpy or json
    dtype: Optional[str] = None
    shape: Tuple[Optional[int], ...] = ()
    optional: bool = False
    form: Optional[str] = None  # of many rows: an array, or a table with names; else unknown

    def to_dict(self) -> Dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "dtype": self.dtype,
            "shape": list(self.shape) if self.kind == "numpy" else None,
            "optional": self.optional,
            "form": self.form,
        }


class Schemas(NamedTuple):
    """Input and output as the API documents show them."""

    input: Dict[str, Any]
    output: Dict[str, Any]
    versions: Tuple[str, ...]


def is_decorated(run: Callable[..., Any]) -> bool:
    """Whether run() has an input or output schema."""
    util = sys.modules.get(_UTIL)
    return util is not None and bool(util.is_schema_decorated(run))


def schemas(run: Callable[..., Any]) -> Schemas:
    """The schemas of a run(), empty objects for one that has none."""
    if not is_decorated(run):
        empty = {"type": "object", "example": {}}
        return Schemas(empty, empty, VERSIONS)
    util: Any = sys.modules[_UTIL]
    known = [str(version) for version in util.get_supported_versions(run)]
    versions = tuple(v for v in VERSIONS if v in known or v + ".0" in known)
    return Schemas(util.get_input_schema(run), util.get_output_schema(run), versions)


def parameters(run: Callable[..., Any], names: Sequence[str]) -> Tuple[Parameter, ...]:
    """What is known of each named parameter."""
    declared = {name: (type_, optional) for name, type_, optional in _declarations(run)}
    return tuple(_parameter(name, *declared.get(name, (None, False))) for name in names)


def _parameter(name: str, type_: Any, optional: bool) -> Parameter:
    form = _form(type_)
    numpy_types: Any = sys.modules.get(_NUMPY_TYPE)
    if numpy_types is None or type(type_) is not numpy_types.NumpyParameterType:
        return Parameter(name, "json", optional=optional, form=form)
    sample = type_.sample_input
    simple = sample.dtype.kind in "biuf" and sample.ndim > 0
    if not (simple and type_.enforce_shape and type_.enforce_column_type):
        return Parameter(name, "json", optional=optional, form=form)
    shape = (None, *sample.shape[1:])
    return Parameter(name, "numpy", sample.dtype.str, shape, optional, form)


def _form(type_: Any) -> Optional[str]:
    """How rows are given to a parameter, by the name of its type, whoever's it is."""
    called = type(type_).__name__
    if called in ("PandasParameterType", "SparkParameterType"):
        return "table"
    if called == "NumpyParameterType":
        return "array"
    sample = getattr(type_, "sample_input", None)
    if isinstance(sample, (list, tuple)) and sample:
        first = sample[0]
        return "table" if isinstance(first, dict) else "array"
    return None


def _declarations(run: Callable[..., Any]) -> Iterator[Tuple[str, Any, bool]]:
    """(parameter, type, optional) of every @input_schema with conversion around run().

    Both packages keep these in the closure of the wrapper; what is not found there has no array
    path, no more.
    """
    layers: List[Any] = []
    layer: Any = run
    while layer is not None and len(layers) < 100:
        layers.append(layer)
        layer = getattr(layer, "__wrapped__", None)
    for layer in layers:
        found = _closure(getattr(layer, "_self_wrapper", layer))
        if "param_name" in found and found.get("convert_to_provided_type", True):
            optional = bool(found.get("optional"))
            # wrapt's wrapper: there optional arguments are asked for their truth, arrays have none.
            foreign = hasattr(layer, "_self_wrapper")
            type_ = None if optional and foreign else found.get("param_type")
            yield found["param_name"], type_, optional


def _closure(function: Any) -> Dict[str, Any]:
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None)
    if code is None or not cells:
        return {}
    found = {}
    for name, cell in zip(code.co_freevars, cells):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    return found
