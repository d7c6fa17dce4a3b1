"""Open datasets, from a folder of this machine."""

from azureml.opendatasets.diabetes import Diabetes
from azureml.opendatasets.mnist import MNIST

__all__ = ["MNIST", "Diabetes"]
