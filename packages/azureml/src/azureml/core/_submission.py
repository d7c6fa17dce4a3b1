"""What `Experiment.submit` takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run


class Submission(ABC):
    """Something that can be run: a script, a pipeline, a search."""

    @abstractmethod
    def _submit(
        self,
        experiment: Experiment,
        tags: Mapping[str, str] | None,
        *,
        parent: str | None = None,
        **kwargs: Any,
    ) -> Run:
        """Begins a run of an experiment, and returns; it goes on by itself.

        Args:
            parent: The id of the run it is a part of.
        """


def submit(
    experiment: Experiment,
    config: Any,
    tags: Mapping[str, str] | None,
    *,
    parent: str | None = None,
    **kwargs: Any,
) -> Run:
    """Begins what was configured, on this machine, whatever its target is called."""
    if not isinstance(config, Submission):
        raise UserErrorException(
            f"A value of type {type(config).__name__} cannot be submitted: give a ScriptRunConfig."
        )
    return config._submit(experiment, tags, parent=parent, **kwargs)


def no_more(kwargs: Mapping[str, Any]) -> None:
    """Refuses keywords that are left over."""
    if kwargs:
        raise UserErrorException(f"submit does not take {', '.join(sorted(kwargs))}.")
