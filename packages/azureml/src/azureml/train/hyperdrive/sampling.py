"""Which parameters a search tries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.exceptions import UserErrorException
from azureml.train.hyperdrive.parameter_expressions import to_brygga

if TYPE_CHECKING:
    from brygga.runs.search import Sampling, Space

__all__ = ["BayesianParameterSampling", "GridParameterSampling", "RandomParameterSampling"]


class HyperParameterSampling(ABC):
    """Parameters and their values; what is drawn of them is for a subclass to say."""

    SAMPLING_NAME: str

    def __init__(
        self, parameter_space: Mapping[str, Any], properties: Mapping[str, Any] | None = None
    ) -> None:
        if not isinstance(parameter_space, Mapping):
            raise UserErrorException("Give the parameters as a dictionary of their values.")
        self._parameter_space = dict(parameter_space)
        self._seed = (properties or {}).get("seed")
        with translated(UserErrorException):
            self._sampling()

    def _space(self) -> Space:
        from brygga.runs.search import Space

        return Space({name: to_brygga(name, each) for name, each in self._parameter_space.items()})

    @abstractmethod
    def _sampling(self) -> Sampling:
        """One that has drawn nothing."""


class RandomParameterSampling(HyperParameterSampling):
    """Drawn by chance."""

    SAMPLING_NAME = "RANDOM"

    def _sampling(self) -> Sampling:
        from brygga.runs.search import RandomSampling

        return RandomSampling(self._space(), self._seed)


class GridParameterSampling(HyperParameterSampling):
    """Every combination; for choices alone."""

    SAMPLING_NAME = "GRID"

    def _sampling(self) -> Sampling:
        from brygga.runs.search import GridSampling

        return GridSampling(self._space())


class BayesianParameterSampling(HyperParameterSampling):
    """Where most is to be gained, after what was found; for choices and uniform ones."""

    SAMPLING_NAME = "BayesianOptimization"

    def _sampling(self) -> Sampling:
        from brygga.runs.search import BayesianSampling

        return BayesianSampling(self._space(), self._seed)
