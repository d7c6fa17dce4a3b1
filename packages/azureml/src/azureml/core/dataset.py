"""`Dataset`: data by where it lies on this machine; the first form of the class is refused."""

from __future__ import annotations

from typing import Any

from azureml._support.gate import refused
from azureml.data import _dataset
from azureml.data.file_dataset import FileDatasetFactory
from azureml.data.tabular_dataset import TabularDatasetFactory

__all__ = ["Dataset"]


class Dataset:
    """`Dataset.Tabular`, `Dataset.File`, and the registered ones."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory
    get_by_name = staticmethod(_dataset.get_by_name)
    get_by_id = staticmethod(_dataset.get_by_id)
    get_all = staticmethod(_dataset.get_all)

    @refused
    def __init__(
        self, definition: Any, workspace: Any = None, name: str | None = None, id: str | None = None
    ) -> None: ...

    @property
    @refused
    def name(self) -> Any: ...

    @property
    @refused
    def workspace(self) -> Any: ...

    @property
    @refused
    def id(self) -> Any: ...

    @property
    @refused
    def definition_version(self) -> Any: ...

    @property
    @refused
    def definition(self) -> Any: ...

    @property
    @refused
    def is_visible(self) -> Any: ...

    @property
    @refused
    def tags(self) -> Any: ...

    @property
    @refused
    def description(self) -> Any: ...

    @property
    @refused
    def state(self) -> Any: ...

    @staticmethod
    @refused
    def get(workspace: Any, name: Any = None, id: Any = None) -> Any: ...

    @staticmethod
    @refused
    def list(workspace: Any) -> Any: ...

    @refused
    def get_definitions(self) -> Any: ...

    @refused
    def get_definition(self, version_id: Any = None) -> Any: ...

    @staticmethod
    @refused
    def from_pandas_dataframe(dataframe: Any, path: Any = None, in_memory: Any = False) -> Any: ...

    @staticmethod
    @refused
    def from_delimited_files(
        path: Any,
        separator: Any = ",",
        header: Any = None,
        encoding: Any = None,
        quoting: Any = False,
        infer_column_types: Any = True,
        skip_rows: Any = 0,
        skip_mode: Any = None,
        comment: Any = None,
        include_path: Any = False,
        archive_options: Any = None,
        partition_format: Any = None,
    ) -> Any: ...

    @staticmethod
    @refused
    def auto_read_files(
        path: Any, include_path: Any = False, partition_format: Any = None
    ) -> Any: ...

    @staticmethod
    @refused
    def from_parquet_files(
        path: Any, include_path: Any = False, partition_format: Any = None
    ) -> Any: ...

    @staticmethod
    @refused
    def from_excel_files(
        path: Any,
        sheet_name: Any = None,
        use_column_headers: Any = False,
        skip_rows: Any = 0,
        include_path: Any = False,
        infer_column_types: Any = True,
        partition_format: Any = None,
    ) -> Any: ...

    @staticmethod
    @refused
    def from_binary_files(path: Any) -> Any: ...

    @staticmethod
    @refused
    def from_sql_query(data_source: Any, query: Any) -> Any: ...

    @staticmethod
    @refused
    def from_json_files(
        path: Any,
        encoding: Any = None,
        flatten_nested_arrays: Any = False,
        include_path: Any = False,
        partition_format: Any = None,
    ) -> Any: ...

    @refused
    def register(
        self,
        workspace: Any,
        name: Any,
        description: Any = None,
        tags: Any = None,
        visible: Any = True,
        exist_ok: Any = False,
        update_if_exist: Any = False,
    ) -> Any: ...

    @refused
    def update(
        self, name: Any = None, description: Any = None, tags: Any = None, visible: Any = None
    ) -> Any: ...

    @refused
    def update_definition(self, definition: Any, definition_update_message: Any) -> Any: ...

    @refused
    def to_pandas_dataframe(self) -> Any: ...

    @refused
    def to_spark_dataframe(self) -> Any: ...

    @refused
    def head(self, count: Any) -> Any: ...

    @refused
    def create_snapshot(
        self,
        snapshot_name: Any,
        compute_target: Any = None,
        create_data_snapshot: Any = False,
        target_datastore: Any = None,
    ) -> Any: ...

    @refused
    def get_snapshot(self, snapshot_name: Any) -> Any: ...

    @refused
    def delete_snapshot(self, snapshot_name: Any) -> Any: ...

    @refused
    def get_all_snapshots(self) -> Any: ...

    @refused
    def generate_profile(
        self, compute_target: Any = None, workspace: Any = None, arguments: Any = None
    ) -> Any: ...

    @refused
    def get_profile(
        self,
        arguments: Any = None,
        generate_if_not_exist: Any = True,
        workspace: Any = None,
        compute_target: Any = None,
    ) -> Any: ...

    @refused
    def deprecate(self, deprecate_by_dataset_id: Any) -> Any: ...

    @refused
    def archive(self) -> Any: ...

    @refused
    def reactivate(self) -> Any: ...

    @refused
    def compare_profiles(
        self,
        rhs_dataset: Any,
        profile_arguments: Any = None,
        include_columns: Any = None,
        exclude_columns: Any = None,
        histogram_compare_method: Any = None,
    ) -> Any: ...

    @refused
    def diff(self, rhs_dataset: Any, compute_target: Any = None, columns: Any = None) -> Any: ...

    @refused
    def sample(self, sample_strategy: Any, arguments: Any) -> Any: ...
