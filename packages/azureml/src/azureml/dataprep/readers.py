"""Functions that begin a flow, of files of this machine."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from azureml.data.datapath import local_paths
from azureml.dataprep.dataflow import Dataflow
from azureml.exceptions import UserErrorException

_SNIFFED = 65536


def read_csv(
    path: Any,
    separator: str = ",",
    header: Any = True,
    encoding: str | None = None,
    skip_rows: int = 0,
    comment: str | None = None,
    infer_column_types: bool = False,
    inference_arguments: Any = None,
) -> Dataflow:
    """Rows of CSV files; all columns are text unless their types are to be inferred."""
    options: dict[str, Any] = {
        "sep": separator, "encoding": encoding or "utf8", "skiprows": skip_rows,
        "comment": comment, "header": _header(header),
    }  # fmt: skip
    if not (infer_column_types or inference_arguments):
        options["dtype"] = "str"
    return _flow(path, "csv", options)


def auto_read_file(path: Any, include_path: bool = False) -> Dataflow:
    """Rows of files whose form shows: Parquet, JSON lines, Excel, or CSV with any separator."""
    if include_path:
        raise UserErrorException("include_path cannot be had: add the column in pandas.")
    suffix = local_paths(path)[0].suffix.lower()
    if suffix == ".parquet":
        return read_parquet_file(path)
    if suffix in (".json", ".jsonl"):
        return read_json(path)
    if suffix in (".xls", ".xlsx"):
        return read_excel(path)
    return read_csv(path, separator=_separator(local_paths(path)[0]), infer_column_types=True)


def read_parquet_file(path: Any) -> Dataflow:
    """Rows of Parquet files; pandas needs pyarrow for them."""
    return _flow(path, "parquet", {})


def read_json(path: Any, encoding: str = "utf8") -> Dataflow:
    """Rows of files with a JSON object a line, or of an array of them."""

    def read(file: Path, pd: Any) -> Any:
        text = file.read_text(encoding=encoding)
        from io import StringIO

        return pd.read_json(StringIO(text), lines=not text.lstrip().startswith("["))

    return _frames(path, read)


def read_excel(
    path: Any, sheet_name: str | None = None, use_column_headers: bool = True, skip_rows: int = 0
) -> Dataflow:
    """Rows of a sheet; pandas needs openpyxl for them."""
    options = {
        "sheet_name": sheet_name or 0,
        "header": 0 if use_column_headers else None,
        "skiprows": skip_rows,
    }
    return _flow(path, "excel", options)


def read_lines(path: Any, encoding: str = "utf8") -> Dataflow:
    """The lines of files, as a column `Line`."""

    def read(file: Path, pd: Any) -> Any:
        return pd.DataFrame({"Line": file.read_text(encoding=encoding).splitlines()})

    return _frames(path, read)


def read_pandas_dataframe(df: Any) -> Any:
    """The rows of a data frame."""
    return Dataflow(lambda: df)


def _flow(path: Any, kind: str, options: dict[str, Any]) -> Dataflow:
    return _frames(path, lambda file, pd: getattr(pd, f"read_{kind}")(file, **options))


def _frames(path: Any, read: Callable[[Path, Any], Any]) -> Dataflow:
    files = [file.absolute() for file in local_paths(path)]

    def rows() -> Any:
        try:
            import pandas as pd
        except ImportError as error:
            raise UserErrorException(
                "pandas reads the rows of files, and is not installed here: pip install pandas"
            ) from error
        return pd.concat([read(file, pd) for file in files], ignore_index=True)

    return Dataflow(rows)


def _header(header: Any) -> int | None:
    """v1 has its own words for where the names of columns are."""
    name = str(getattr(header, "name", header)).upper()
    return None if name in ("NONE", "FALSE", "NO_HEADERS") else 0


def _separator(file: Path) -> str:
    with file.open(encoding="utf8", errors="replace") as opened:
        beginning = opened.read(_SNIFFED)
    try:
        return csv.Sniffer().sniff(beginning, delimiters=",;\t|").delimiter
    except csv.Error:
        return ","
