"""Datasets and places in datastores."""

from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset

__all__ = ["FileDataset", "TabularDataset"]
