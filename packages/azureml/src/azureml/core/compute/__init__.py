"""Compute targets; each stands for this machine."""

from azureml.core.compute.aks import AksCompute
from azureml.core.compute.amlcompute import AmlCompute
from azureml.core.compute.compute import ComputeTarget
from azureml.core.compute.machines import (
    BatchAiCompute,
    ComputeInstance,
    DsvmCompute,
    KubernetesCompute,
    RemoteCompute,
)

__all__ = [
    "AksCompute",
    "AmlCompute",
    "BatchAiCompute",
    "ComputeInstance",
    "ComputeTarget",
    "DsvmCompute",
    "KubernetesCompute",
    "RemoteCompute",
]
