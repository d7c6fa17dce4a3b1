"""`Dataflow`: rows that are read, and changed on the way, when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.dataprep.expressions import Expression


class ExecutionError(UserErrorException):
    """The rows cannot be read."""


class Dataflow:
    """Where rows come from, and what is done to them; each step gives another flow.

    What it has no step for, pandas does: `flow.to_pandas_dataframe()`.
    """

    def __init__(self, rows: Callable[[], Any]) -> None:
        self._rows = rows

    def to_pandas_dataframe(self) -> Any:
        """All rows as a data frame."""
        try:
            return self._rows().reset_index(drop=True)
        except (OSError, ValueError, KeyError) as error:
            raise ExecutionError(f"The rows cannot be read: {error}") from error

    def head(self, count: int = 10) -> Any:
        """The first rows as a data frame."""
        return self.take(count).to_pandas_dataframe()

    @property
    def row_count(self) -> int:
        """How many rows there are; reads them all."""
        return len(self.to_pandas_dataframe())

    def get_profile(self) -> Any:
        """What each column has: counts, means, least and greatest; as pandas describes it."""
        return self.to_pandas_dataframe().describe(include="all").transpose()

    def take(self, count: int) -> Dataflow:
        """The first rows."""
        return self._then(lambda frame: frame.head(count))

    def skip(self, count: int) -> Dataflow:
        """All but the first rows."""
        return self._then(lambda frame: frame.iloc[count:])

    def keep_columns(self, columns: str | Sequence[str]) -> Dataflow:
        """These columns and no others."""
        return self._then(lambda frame: frame[_listed(columns)])

    def drop_columns(self, columns: str | Sequence[str]) -> Dataflow:
        """All columns but these."""
        return self._then(lambda frame: frame.drop(columns=_listed(columns)))

    def rename_columns(self, column_pairs: Mapping[str, str]) -> Dataflow:
        """Other names for columns, by those they have."""
        return self._then(lambda frame: frame.rename(columns=dict(column_pairs)))

    def drop_nulls(self, columns: str | Sequence[str]) -> Dataflow:
        """Rows that have a value in each of these columns."""
        return self._then(lambda frame: frame.dropna(subset=_listed(columns)))

    def distinct_rows(self) -> Dataflow:
        """Each row once."""
        return self._then(lambda frame: frame.drop_duplicates())

    def filter(self, expression: Expression) -> Dataflow:
        """Rows for which it holds: `flow.filter(col('age') > 30)`."""
        return self._then(lambda frame: frame[expression(frame)])

    def sort(self, sort_order: str | Sequence[str]) -> Dataflow:
        """Rows by the values of columns, the least first."""
        return self._then(lambda frame: frame.sort_values(_listed(sort_order)))

    def sort_desc(self, sort_order: str | Sequence[str]) -> Dataflow:
        """Rows by the values of columns, the greatest first."""
        return self._then(lambda frame: frame.sort_values(_listed(sort_order), ascending=False))

    def to_number(self, columns: str | Sequence[str]) -> Dataflow:
        """Columns as numbers; what is none has no value."""
        return self._each(columns, "to_numeric")

    def to_datetime(
        self, columns: str | Sequence[str], date_time_formats: Sequence[str] | None = None
    ) -> Dataflow:
        """Columns as moments; what is none has no value."""
        formats = {"format": date_time_formats[0]} if date_time_formats else {}
        return self._each(columns, "to_datetime", **formats)

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Dataflow, Dataflow]:
        """Two flows, the first with about that share of the rows."""
        first = self._then(lambda frame: frame.sample(frac=percentage, random_state=seed or 0))
        rest = self._then(
            lambda frame: frame.drop(frame.sample(frac=percentage, random_state=seed or 0).index)
        )
        return first, rest

    def _then(self, step: Callable[[Any], Any]) -> Dataflow:
        return Dataflow(lambda: step(self._rows()))

    def _each(self, columns: str | Sequence[str], how: str, **options: Any) -> Dataflow:
        def step(frame: Any) -> Any:
            import pandas as pd

            convert = getattr(pd, how)
            return frame.assign(
                **{name: convert(frame[name], errors="coerce", **options)
                   for name in _listed(columns)}
            )  # fmt: skip

        return self._then(step)


def _listed(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)
