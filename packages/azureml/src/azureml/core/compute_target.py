"""The name that notebooks take the exception from."""

from azureml.exceptions import ComputeTargetException

__all__ = ["ComputeTargetException"]
