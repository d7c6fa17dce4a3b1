"""A live view of runs in notebooks, as v1 named it."""

from azureml.widgets.run_details import RunDetails

__all__ = ["RunDetails"]
