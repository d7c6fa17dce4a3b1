"""Searches: many runs of one script, each with other parameters, to find the best of a metric."""

from brygga.runs.search.course import SearchSpec
from brygga.runs.search.driver import as_arguments, values_of
from brygga.runs.search.goal import Goal
from brygga.runs.search.policy import Bandit, MedianStopping, NoPolicy, Policy, Truncation
from brygga.runs.search.sampling import BayesianSampling, GridSampling, RandomSampling, Sampling
from brygga.runs.search.space import Choice, Distribution, Normal, Space, Uniform, Whole

__all__ = [
    "Bandit",
    "BayesianSampling",
    "Choice",
    "Distribution",
    "Goal",
    "GridSampling",
    "MedianStopping",
    "NoPolicy",
    "Normal",
    "Policy",
    "RandomSampling",
    "Sampling",
    "SearchSpec",
    "Space",
    "Truncation",
    "Uniform",
    "Whole",
    "as_arguments",
    "values_of",
]
