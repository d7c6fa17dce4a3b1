"""What notebooks used of `azureml.dataprep`: reading files of this machine, as flows to pandas."""

from azureml.core import VERSION
from azureml.dataprep.dataflow import Dataflow, ExecutionError
from azureml.dataprep.expressions import col
from azureml.dataprep.readers import (
    auto_read_file,
    read_csv,
    read_excel,
    read_json,
    read_lines,
    read_pandas_dataframe,
    read_parquet_file,
)

__version__ = VERSION

__all__ = [
    "Dataflow",
    "ExecutionError",
    "__version__",
    "auto_read_file",
    "col",
    "read_csv",
    "read_excel",
    "read_json",
    "read_lines",
    "read_pandas_dataframe",
    "read_parquet_file",
]
