"""`TabularDataset`: rows of files of this machine, read with pandas."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from azureml.data._dataset import AbstractDataset
from azureml.data.datapath import local_paths
from azureml.exceptions import UserErrorException


class TabularDataset(AbstractDataset):
    """Rows of CSV, Parquet or JSON-lines files."""

    _type: ClassVar[str] = "Tabular"

    def __init__(
        self, files: list[Path], reader: str, options: Mapping[str, Any], rows: int | None = None
    ) -> None:
        super().__init__()
        self._files = [file.absolute() for file in files]
        self._reader = reader
        self._options = dict(options)
        self._rows = rows

    def to_pandas_dataframe(
        self, on_error: str = "null", out_of_range_datetime: str = "null"
    ) -> Any:
        """All rows as a data frame."""
        try:
            import pandas as pd
        except ImportError as error:
            raise UserErrorException(
                "pandas reads the rows of datasets, and is not installed here: pip install pandas"
            ) from error

        frames = [self._frame(pd, number, file) for number, file in enumerate(self._files)]
        frame = pd.concat(frames, ignore_index=True)
        if self._without_names:
            frame.columns = [f"Column{number}" for number in range(1, frame.shape[1] + 1)]
        return frame if self._rows is None else frame.head(self._rows)

    def _frame(self, pd: Any, number: int, file: Path) -> Any:
        if self._reader == "lines":
            return pd.DataFrame({"Line": self._lines(file)})
        options = dict(self._options)
        if options.pop("only_first_has_names", False) and number:
            options |= {"header": None, "names": list(self._frame(pd, 0, self._files[0]))}
        return getattr(pd, f"read_{self._reader}")(file, **options)

    @property
    def _without_names(self) -> bool:
        return self._options.get("header", "") is None

    def _lines(self, file: Path) -> list[str]:
        lines = file.read_text(encoding=self._options["encoding"]).splitlines()
        return lines if self._without_names else lines[1:]

    def _one_column(self) -> list[str]:
        """The texts of the only column; of CSV files without pandas, which need not be there.

        Raises:
            UserErrorException: there is not exactly one column.
        """
        if self._reader == "lines":
            return [line for file in self._files for line in self._lines(file)][: self._rows]
        if self._reader == "csv":
            rows = [row for file in self._files for row in self._csv(file)]
        else:
            rows = [[str(v) for v in row] for row in self.to_pandas_dataframe().values.tolist()]
        if any(len(row) != 1 for row in rows):
            raise UserErrorException("The dataset must have exactly one column of text.")
        return [row[0] for row in rows][: self._rows]

    def _csv(self, file: Path) -> list[list[str]]:
        with file.open(newline="", encoding=self._options["encoding"]) as opened:
            rows = list(csv.reader(opened, delimiter=self._options["sep"]))
        return rows if self._without_names else rows[1:]

    def take(self, count: int) -> TabularDataset:
        """The first rows."""
        return TabularDataset(self._files, self._reader, self._options, count)

    def _definition(self) -> dict[str, Any]:
        return {
            "files": [str(file) for file in self._files],
            "reader": self._reader,
            "options": self._options,
            "rows": self._rows,
        }

    @classmethod
    def _from_definition(cls, definition: Mapping[str, Any]) -> TabularDataset:
        files = [Path(file) for file in definition["files"]]
        return cls(files, definition["reader"], definition["options"], definition["rows"])


class TabularDatasetFactory:
    """`Dataset.Tabular`."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Any = None,
        separator: str = ",",
        header: Any = True,
        partition_format: str | None = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Rows of CSV files; with a line feed as separator, each line is a row of one column."""
        _refuse(include_path=include_path, set_column_types=set_column_types,
                partition_format=partition_format)  # fmt: skip
        options: dict[str, Any] = {"encoding": encoding}
        named = getattr(header, "name", "ALL_FILES_HAVE_SAME_HEADERS" if header else "NO_HEADERS")
        if named == "NO_HEADERS":
            options["header"] = None
        elif named == "ONLY_FIRST_FILE_HAS_HEADERS":
            options["only_first_has_names"] = True
        if separator == "\n":
            return TabularDataset(local_paths(path), "lines", options)
        options["sep"] = separator
        if not infer_column_types:
            options["dtype"] = "str"
        if empty_as_string:
            options["keep_default_na"] = False
        return TabularDataset(local_paths(path), "csv", options)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: str | None = None,
    ) -> TabularDataset:
        """Rows of Parquet files; pandas needs pyarrow for them."""
        _refuse(include_path=include_path, set_column_types=set_column_types,
                partition_format=partition_format)  # fmt: skip
        return TabularDataset(local_paths(path), "parquet", {})

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: str | None = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Rows of files with a JSON object a line."""
        _refuse(include_path=include_path, set_column_types=set_column_types,
                partition_format=partition_format)  # fmt: skip
        options = {"lines": True, "encoding": encoding}
        return TabularDataset(local_paths(path), "json", options)

    @staticmethod
    def from_sql_query(
        query: Any, validate: bool = True, set_column_types: Any = None, query_timeout: int = 30
    ) -> TabularDataset:
        """Refused: there is no datastore with a database."""
        raise UserErrorException(
            "There is no datastore with a database: export the rows to a file."
        )


def _refuse(**given: Any) -> None:
    asked = [name for name, value in given.items() if value]
    if asked:
        raise UserErrorException(
            f"{', '.join(asked)} cannot be had: read the rows with pandas, and write what you need."
        )
