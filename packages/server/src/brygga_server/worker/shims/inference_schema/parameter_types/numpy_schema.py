"""OpenAPI schemas and examples of NumPy arrays, in v1's words."""

import base64
import datetime
from typing import Any, Dict

_NUMBERS = {
    "bool": {"type": "boolean"},
    "float16": {"type": "number", "format": "float"},
    "float32": {"type": "number", "format": "float"},
    "float64": {"type": "number", "format": "double"},
    "object": {"type": "object"},
}
_TEXTS = {
    "M": {"type": "string", "format": "date-time"},
    "m": {"type": "string", "format": "timedelta"},
    "U": {"type": "string"},
    "T": {"type": "string"},
    "S": {"type": "string", "format": "binary"},
    "V": {"type": "string", "format": "binary"},
}


def array_schema(array: Any) -> Dict[str, Any]:
    """The schema of nested lists of the array's items."""
    return _nested(dtype_schema(array.dtype), array.ndim)


def dtype_schema(dtype: Any) -> Dict[str, Any]:
    """The schema of one item. Raises `TypeError` for what has none."""
    if dtype.names:
        fields = {name: dtype_schema(dtype[name]) for name in dtype.names}
        return {"type": "object", "properties": fields}
    if dtype.subdtype:
        item, shape = dtype.subdtype
        return _nested(dtype_schema(item), len(shape))
    if dtype.kind in "iu":
        return {"type": "integer", "format": dtype.name}
    found = _NUMBERS.get(dtype.name) or _TEXTS.get(dtype.kind)
    if found is None:
        raise TypeError("Arrays of %s cannot be described in OpenAPI" % dtype.name)
    return dict(found)


def example_of(item: Any, schema: Dict[str, Any]) -> Any:
    """The sample's item in JSON."""
    kind, form = schema["type"], schema.get("format")
    if kind == "array":
        return [example_of(part, schema["items"]) for part in item]
    if kind == "object" and "properties" in schema:
        return {name: example_of(item[name], part) for name, part in schema["properties"].items()}
    if kind == "number":
        return float(item)
    if kind == "integer":
        return int(item)
    if form == "date-time":
        moment: datetime.datetime = item.astype("datetime64[us]").astype(datetime.datetime)
        return moment.strftime("%Y-%m-%d %H:%M:%S,%f")
    if form == "binary":
        return base64.b64encode(bytes(item)).decode()
    # Booleans too: v1 shows True as the text "True".
    return str(item)


def _nested(item: Dict[str, Any], depth: int) -> Dict[str, Any]:
    for _ in range(max(depth, 1)):
        item = {"type": "array", "items": item}
    return item
