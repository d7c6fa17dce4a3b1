"""Parameters that are NumPy arrays."""

from typing import Any, Dict, List

import numpy as np

from ..conversion import ParameterError, mismatch
from .abstract_parameter_type import AbstractParameterType
from .numpy_schema import array_schema, example_of

_UNITS = {
    "years": "Y",
    "months": "M",
    "weeks": "W",
    "days": "D",
    "hours": "h",
    "minutes": "m",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "picoseconds": "ps",
    "femtoseconds": "fs",
    "attoseconds": "as",
}

_MISFITS = (ValueError, TypeError, KeyError, IndexError, OverflowError)


class NumpyParameterType(AbstractParameterType):
    """An array like the sample.

    Args:
        sample_input: the sample; its first dimension is free, the others have to be met.
        enforce_column_type: convert to the sample's dtype.
        enforce_shape: refuse another number of dimensions, and other sizes than the sample's.
    """

    def __init__(
        self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True
    ) -> None:
        if not isinstance(sample_input, np.ndarray):
            raise TypeError(
                "NumpyParameterType needs a sample array, a %s was given"
                % type(sample_input).__name__
            )
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Any:
        """The array from nested lists; arrays are taken as they are."""
        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            raise mismatch("%s as a list" % self._expected(), input_data)
        try:
            array = self._array(input_data)
        except _MISFITS as error:
            raise self._explain(input_data, error) from error
        if self.enforce_shape:
            self._check_shape(array.shape)
        return array

    def input_to_swagger(self) -> Dict[str, Any]:
        """The schema of nested lists, in the format `numpy.ndarray`."""
        schema = array_schema(self.sample_input)
        schema["example"] = [example_of(item, schema["items"]) for item in self.sample_input]
        schema["format"] = "numpy.ndarray"
        return schema

    def _array(self, data: List[Any]) -> Any:
        if not self.enforce_column_type:
            return np.array(data)
        dtype = self.sample_input.dtype
        if dtype.names or dtype.kind in "mM":
            data = [_plain_item(item, dtype) for item in data]
        return np.array(data, dtype=dtype)

    def _check_shape(self, shape: Any) -> None:
        expected = self.sample_input.shape
        if len(shape) != len(expected) or shape[1:] != expected[1:]:
            raise ParameterError("expected %s, received shape %s." % (self._expected(), shape))

    def _expected(self) -> str:
        sample = self.sample_input
        kind = "an array of %s" % sample.dtype if self.enforce_column_type else "an array"
        if not self.enforce_shape:
            return kind
        sizes = ["any", *map(str, sample.shape[1:])]
        return "%s of shape (%s%s)" % (kind, ", ".join(sizes), "," if len(sizes) == 1 else "")

    def _explain(self, data: List[Any], error: Exception) -> ParameterError:
        odd_row = _odd_row(data)
        if odd_row:
            received = "rows of different lengths, the first odd one at %s" % odd_row
        else:
            received = "values that do not convert, the first at %s (%s)" % (
                self._misfit(data),
                error,
            )
        return ParameterError("expected %s, received %s." % (self._expected(), received))

    def _misfit(self, data: List[Any]) -> str:
        """Where the first value stands that does not convert, as `[3][17]`."""
        for i, item in enumerate(data):
            try:
                self._array([item])
            except _MISFITS:
                deeper = isinstance(item, list) and not self.sample_input.dtype.names
                return "[%d]%s" % (i, self._misfit(item) if deeper else "")
        return ""


def _plain_item(item: Any, dtype: Any) -> Any:
    """One item of a structured array (by position or name), or a time."""
    if dtype.names:
        fields = [item[name] for name in dtype.names] if isinstance(item, dict) else item
        return tuple(_plain_item(fields[i], dtype[i]) for i in range(len(dtype.names)))
    if isinstance(item, list):
        return [_plain_item(part, dtype) for part in item]
    if dtype.kind == "M":
        return np.datetime64(item)
    return _timedelta(item) if dtype.kind == "m" else item


def _timedelta(text: str) -> Any:
    """`5 days` as a timedelta."""
    value, _, unit = str(text).strip().partition(" ")
    code: Any = _UNITS.get(unit.strip().lower())
    if code is None:
        raise ValueError(
            "%r is not a duration such as '5 days'; units: %s" % (text, ", ".join(_UNITS))
        )
    return np.timedelta64(int(value), code)


def _odd_row(data: List[Any]) -> str:
    """Where the first row stands that is not as its first sibling, as `[3]`; else nothing."""
    first = data[0] if data else None
    for i, item in enumerate(data):
        if isinstance(item, list) != isinstance(first, list):
            return "[%d]" % i
        if isinstance(item, list) and isinstance(first, list):
            if len(item) != len(first):
                return "[%d]" % i
            within = _odd_row(item)
            if within:
                return "[%d]%s" % (i, within)
    return ""
