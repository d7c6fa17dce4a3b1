"""What is to be done to columns; of it, which ones are left out has an effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azureml._support.gate import checked


class FeaturizationConfig:
    """Columns to leave out, and what v1 could be told beside that."""

    @checked
    def __init__(
        self,
        blocked_transformers: Sequence[str] | None = None,
        column_purposes: Mapping[str, str] | None = None,
        transformer_params: Mapping[str, Any] | None = None,
        drop_columns: Sequence[str] | None = None,
        dataset_language: str | None = None,
        prediction_transform_type: str | None = None,
    ) -> None:
        self.blocked_transformers = list(blocked_transformers or ())
        self.column_purposes = dict(column_purposes or {})
        self.transformer_params: dict[str, list[tuple[Any, Any]]] = {
            name: list(each) for name, each in (transformer_params or {}).items()
        }
        self.drop_columns = list(drop_columns or ())
        self.dataset_language = dataset_language
        self.prediction_transform_type = prediction_transform_type

    def add_column_purpose(self, column_name: str, feature_type: str) -> None:
        self.column_purposes[column_name] = feature_type

    def remove_column_purpose(self, column_name: str) -> None:
        self.column_purposes.pop(column_name, None)

    def add_blocked_transformers(self, transformers: str | Sequence[str]) -> None:
        self.blocked_transformers += (
            [transformers] if isinstance(transformers, str) else transformers
        )

    def add_drop_columns(self, drop_columns: str | Sequence[str]) -> None:
        self.drop_columns += _listed(drop_columns)

    def add_transformer_params(self, transformer: str, cols: Sequence[str], params: Any) -> None:
        self.transformer_params.setdefault(transformer, []).append((list(cols), params))

    def get_transformer_params(self, transformer: str, cols: Sequence[str]) -> Any:
        given = self.transformer_params.get(transformer, ())
        return next((params for names, params in given if list(names) == list(cols)), {})

    def remove_transformer_params(
        self, transformer: str, cols: Sequence[str] | None = None
    ) -> None:
        given = self.transformer_params.pop(transformer, [])
        kept = [each for each in given if cols is not None and list(each[0]) != list(cols)]
        if kept:
            self.transformer_params[transformer] = kept

    def add_prediction_transform_type(self, prediction_transform_type: str) -> None:
        self.prediction_transform_type = prediction_transform_type

    def remove_prediction_transform_type(self) -> None:
        self.prediction_transform_type = None


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
