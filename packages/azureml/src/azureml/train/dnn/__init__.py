"""Estimators of frameworks for neural networks, and how they were spread over machines."""

from azureml.train.dnn.chainer import Chainer
from azureml.train.dnn.distributed import Gloo, Mpi, Nccl, ParameterServer
from azureml.train.dnn.pytorch import PyTorch
from azureml.train.dnn.tensorflow import TensorFlow

__all__ = ["Chainer", "Gloo", "Mpi", "Nccl", "ParameterServer", "PyTorch", "TensorFlow"]
