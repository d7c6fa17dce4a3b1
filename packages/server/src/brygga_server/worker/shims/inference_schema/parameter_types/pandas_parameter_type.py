"""Parameters that are pandas data frames."""

import io
import json
import warnings
from typing import Any, Dict, Iterator

import pandas as pd

from ..conversion import ParameterError, mismatch
from .abstract_parameter_type import AbstractParameterType
from .standard_schema import list_schema, object_schema

_ORIENTS = ("split", "records", "index", "columns", "values", "table")


class PandasParameterType(AbstractParameterType):
    """A data frame like the sample.

    Args:
        sample_input: the sample.
        enforce_column_type: convert the columns to the sample's types.
        enforce_shape: refuse another number of columns.
        apply_column_names: deprecated; give the columns the sample's names, in order.
        orient: how pandas writes a frame as JSON.
    """

    def __init__(
        self,
        sample_input: Any,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        if not isinstance(sample_input, pd.DataFrame):
            raise TypeError(
                "PandasParameterType needs a sample data frame, a %s was given"
                % type(sample_input).__name__
            )
        if orient not in _ORIENTS:
            raise ValueError("orient %r is none of %s" % (orient, ", ".join(_ORIENTS)))
        if apply_column_names:
            message = "apply_column_names is a deprecated parameter"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self.apply_column_names = apply_column_names
        self.orient = orient

    def deserialize_input(self, input_data: Any) -> Any:
        """The frame from what `DataFrame.to_json` writes; frames are taken as they are."""
        if isinstance(input_data, pd.DataFrame):
            return input_data
        if not isinstance(input_data, (list, dict)):
            raise mismatch("a data frame as JSON (orient=%r)" % self.orient, input_data)
        frame = self._read(input_data)
        if self.apply_column_names:
            frame.columns = self.sample_input.columns.copy()
        if self.enforce_column_type:
            frame = self._typed(frame)
        if self.enforce_shape and frame.shape[1] != self.sample_input.shape[1]:
            raise ParameterError(
                "expected a data frame of %d columns (%s), received %d (%s)."
                % (
                    self.sample_input.shape[1],
                    ", ".join(map(str, self.sample_input.columns)),
                    frame.shape[1],
                    ", ".join(map(str, frame.columns)),
                )
            )
        return frame

    def input_to_swagger(self) -> Dict[str, Any]:
        """The schema of the sample as JSON, in the format `pandas.DataFrame:<orient>`."""
        sample = json.loads(self.sample_input.to_json(orient=self.orient, date_format="iso"))
        of_list = self.orient in ("records", "values")
        schema = list_schema(sample) if of_list else object_schema(sample)
        for column, kind in zip(self.sample_input.columns, self.sample_input.dtypes):
            form = _time_format(str(kind))
            if form:
                for place in self._places(schema, str(column)):
                    place["format"] = form
        schema["format"] = "pandas.DataFrame:" + self.orient
        return schema

    def _read(self, data: Any) -> Any:
        try:
            return pd.read_json(io.StringIO(json.dumps(data)), orient=self.orient, dtype=False)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ParameterError(
                "expected a data frame as JSON (orient=%r), received what pandas cannot read (%s)."
                % (self.orient, error)
            ) from error

    def _typed(self, frame: Any) -> Any:
        wanted = self.sample_input.dtypes.to_dict()
        kinds = {column: wanted.get(column, object) for column in frame.columns}
        try:
            for column, kind in kinds.items():
                if str(kind).startswith("timedelta"):
                    frame[column] = pd.to_timedelta(frame[column])
            return frame.astype(dtype=kinds)
        except (ValueError, TypeError, OverflowError) as error:
            raise ParameterError(
                "expected columns of the types %s, received values that do not convert (%s)."
                % (", ".join("%s: %s" % pair for pair in wanted.items()), error)
            ) from error

    def _places(self, schema: Dict[str, Any], column: str) -> Iterator[Dict[str, Any]]:
        """Where a column's type stands in the schema."""
        if self.orient == "records":
            yield schema["items"]["properties"][column]
        elif self.orient == "index":
            for row in schema["properties"].values():
                yield row["properties"][column]
        elif self.orient == "columns":
            for cell in schema["properties"][column]["properties"].values():
                yield cell
        elif self.orient == "table":
            yield schema["properties"]["data"]["items"]["properties"][column]


def _time_format(kind: str) -> str:
    if kind.startswith("datetime"):
        return "date-time"
    return "timedelta" if kind.startswith("timedelta") else ""
