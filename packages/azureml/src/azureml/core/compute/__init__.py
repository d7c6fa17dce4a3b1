"""Compute targets; each stands for this machine."""

from azureml.core.compute.aks import AksCompute
from azureml.core.compute.amlcompute import AmlCompute, ComputeInstance, KubernetesCompute
from azureml.core.compute.compute import ComputeTarget

__all__ = ["AksCompute", "AmlCompute", "ComputeInstance", "ComputeTarget", "KubernetesCompute"]
