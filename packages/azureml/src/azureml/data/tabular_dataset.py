"""`TabularDataset`: rows of files of this machine, read with pandas."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from azureml.data._dataset import AbstractDataset
from azureml.data._steps import Step, applied
from azureml.data.datapath import local_paths
from azureml.exceptions import UserErrorException


class TabularDataset(AbstractDataset):
    """Rows of CSV, Parquet or JSON-lines files."""

    _type: ClassVar[str] = "Tabular"

    def __init__(
        self, files: list[Path], reader: str, options: Mapping[str, Any], steps: Sequence[Step] = ()
    ) -> None:
        super().__init__()
        self._files = [file.absolute() for file in files]
        self._reader = reader
        self._options = dict(options)
        self._steps = list(steps)

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
        return applied(frame, self._steps)

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
        if self._reader == "lines" and not self._steps:
            return [line for file in self._files for line in self._lines(file)]
        if self._reader == "csv" and not self._steps:
            rows = [row for file in self._files for row in self._csv(file)]
        else:
            rows = [[str(v) for v in row] for row in self.to_pandas_dataframe().values.tolist()]
        if any(len(row) != 1 for row in rows):
            raise UserErrorException("The dataset must have exactly one column of text.")
        return [row[0] for row in rows]

    def _csv(self, file: Path) -> list[list[str]]:
        with file.open(newline="", encoding=self._options["encoding"]) as opened:
            rows = list(csv.reader(opened, delimiter=self._options["sep"]))
        return rows if self._without_names else rows[1:]

    def take(self, count: int) -> TabularDataset:
        """The first rows."""
        return self._then("take", count)

    def skip(self, count: int) -> TabularDataset:
        """All but the first rows."""
        return self._then("skip", count)

    def keep_columns(self, columns: str | Sequence[str], validate: bool = False) -> TabularDataset:
        """These columns and no others."""
        return self._then("keep", _listed(columns))

    def drop_columns(self, columns: str | Sequence[str]) -> TabularDataset:
        """All columns but these."""
        return self._then("drop", _listed(columns))

    def random_split(
        self, percentage: float, seed: int | None = None
    ) -> tuple[TabularDataset, TabularDataset]:
        """Two datasets, the first with about that share of the rows; the same for a seed."""
        seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 - not a secret
        return self._then("part", percentage, seed), self._then("rest", percentage, seed)

    def take_sample(self, probability: float, seed: int | None = None) -> TabularDataset:
        """About that share of the rows, taken at random."""
        return self.random_split(probability, seed)[0]

    def _then(self, *step: Any) -> TabularDataset:
        steps = [*self._steps, step]
        return TabularDataset(self._files, self._reader, self._options, steps)

    def _definition(self) -> dict[str, Any]:
        return {
            "files": [str(file) for file in self._files],
            "reader": self._reader,
            "options": self._options,
            "steps": self._steps,
        }

    @classmethod
    def _from_definition(cls, definition: Mapping[str, Any]) -> TabularDataset:
        files = [Path(file) for file in definition["files"]]
        steps = definition.get("steps", ())
        # As it was kept when there was no other step than this one.
        if definition.get("rows") is not None:
            steps = [("take", definition["rows"])]
        return cls(files, definition["reader"], definition["options"], steps)


def _listed(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


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
