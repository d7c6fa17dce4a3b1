"""`HyperDriveRun`: a search, and the runs it consists of."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from azureml._support.gate import refused
from azureml.core._metrics import gathered
from azureml.core.run import Run
from azureml.exceptions import UserErrorException
from azureml.train.hyperdrive.runconfig import HyperDriveConfig, PrimaryMetricGoal

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment

__all__ = ["HyperDriveRun", "PrimaryMetricGoal"]


class HyperDriveRun(Run):
    """A search."""

    RUN_TYPE = "hyperdrive"
    HYPER_DRIVE_RUN_USER_AGENT = "sdk_run_hyper_drive"

    def __init__(
        self,
        experiment: Experiment,
        run_id: str,
        hyperdrive_config: HyperDriveConfig | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)
        if self.type != self.RUN_TYPE:
            raise UserErrorException(
                f"The run {run_id} is no search, but of the type {self.type}: use Run.get."
            )
        self._config = hyperdrive_config

    @property
    def hyperdrive_config(self) -> HyperDriveConfig | None:
        """As it was submitted; None where it was submitted elsewhere."""
        return self._config

    def cancel(self) -> bool:
        """Ends it with all its runs; returns whether it was to be ended."""
        if self._brygga.status.is_final:
            return False
        super().cancel()
        return True

    def get_best_run_by_primary_metric(
        self,
        include_failed: bool = True,
        include_canceled: bool = True,
        include_resume_from_runs: bool = True,
    ) -> Run | None:
        """The run with the best value of the metric; None where none has logged it."""
        left_out = {
            status
            for status, included in (("Failed", include_failed), ("Canceled", include_canceled))
            if not included
        }
        for each in self.get_children_sorted_by_primary_metric(discard_no_metric=True):
            if each["status"] not in left_out:
                return Run(self._experiment, each["run_id"])
        return None

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> builtins.list[dict[str, Any]]:
        """Its runs, the best first and those without the metric last.

        Args:
            top: So many at most; 0 is all.
        """
        from brygga.runs.search import Goal, values_of

        search = self._brygga.row.details["search"]
        goal = Goal(search["goal"])
        measured: builtins.list[dict[str, Any]] = []
        others: builtins.list[dict[str, Any]] = []
        for child in self.get_children():
            values = values_of(child._brygga, search["metric"])
            part = {
                "run_id": child.id,
                "hyperparameters": child.tags["hyperparameters"],
                "best_primary_metric": goal.best(values) if values else None,
                "status": child.get_status(),
            }
            (measured if values else others).append(part)
        measured.sort(
            key=lambda each: each["best_primary_metric"],
            reverse=(goal is Goal.MAXIMIZE) != reverse,
        )
        found = measured if discard_no_metric else [*measured, *others]
        return found[:top] if top else found

    def get_hyperparameters(self) -> dict[str, str]:
        """The parameters of its runs as JSON, by their ids."""
        return {child.id: child.tags["hyperparameters"] for child in self.get_children()}

    def get_metrics(
        self,
        name: str | None = None,
        recursive: bool = False,
        run_type: str | None = None,
        populate: bool = False,
    ) -> dict[str, Any]:
        """What its runs logged, by their ids."""
        return {child.id: gathered(child._brygga.metrics(), name) for child in self.get_children()}

    def get_diagnostics(self) -> dict[str, str]:
        """What it said of its course."""
        return {"log": self._brygga.log_text()}

    @refused
    def fail(self) -> None: ...
