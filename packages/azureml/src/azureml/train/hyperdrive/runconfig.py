"""`HyperDriveConfig`: a script, what is searched, and within which bounds."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked, say
from azureml._support.table import row
from azureml.core._submission import Submission, no_more
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import UserErrorException
from azureml.train.hyperdrive.policy import EarlyTerminationPolicy, NoTerminationPolicy
from azureml.train.hyperdrive.sampling import HyperParameterSampling

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from brygga.runs.search import SearchSpec

__all__ = ["HyperDriveConfig", "HyperDriveRunConfig", "PrimaryMetricGoal"]

MAX_DURATION_MINUTES = 10080


class PrimaryMetricGoal(enum.Enum):
    """What a search does to its metric."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    @staticmethod
    def from_str(goal: str) -> PrimaryMetricGoal:
        """By its name, in either case."""
        try:
            return PrimaryMetricGoal[goal.upper()]
        except KeyError:
            raise UserErrorException(
                f"{goal!r} is no goal of a metric: give MAXIMIZE or MINIMIZE."
            ) from None


class HyperDriveConfig(Submission):
    """What `Experiment.submit` searches with."""

    @checked
    def __init__(
        self,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: int | None = None,
        max_duration_minutes: float = MAX_DURATION_MINUTES,
        policy: EarlyTerminationPolicy | None = None,
        estimator: Any = None,
        run_config: Any = None,
        resume_from: object = None,
        resume_child_runs: object = None,
        pipeline: object = None,
        debug_flag: object = None,
        custom_run_id: str | None = None,
    ) -> None:
        if (estimator is None) == (run_config is None):
            raise UserErrorException("Give what is run, as run_config or as estimator.")
        if not isinstance(hyperparameter_sampling, HyperParameterSampling):
            raise UserErrorException(
                f"A {type(hyperparameter_sampling).__name__} gives no parameters: use "
                "RandomParameterSampling, GridParameterSampling or BayesianParameterSampling."
            )
        script = run_config if estimator is None else estimator
        if not isinstance(script, ScriptRunConfig):
            raise UserErrorException(
                f"A {type(script).__name__} cannot be searched: give a ScriptRunConfig as "
                "run_config, or an estimator."
            )
        if isinstance(primary_metric_goal, str):
            primary_metric_goal = PrimaryMetricGoal.from_str(primary_metric_goal)
        self._sampling = hyperparameter_sampling
        self._metric = primary_metric_name
        self._goal = primary_metric_goal
        self._policy = policy or NoTerminationPolicy()
        self._total = max_total_runs
        self._at_once = max_concurrent_runs or max_total_runs
        self._minutes = max_duration_minutes
        self._script = script
        self._estimator = estimator
        self._run_id = custom_run_id
        with translated(UserErrorException):
            self._search(1)

    @property
    def estimator(self) -> Any:
        """What is run, where an estimator was given."""
        return self._estimator

    @property
    def run_config(self) -> Any:
        """What is run, where it is no estimator."""
        return None if self._script is self._estimator else self._script

    @property
    def pipeline(self) -> None:
        """None: scripts are searched."""

    @property
    def source_directory(self) -> str:
        """The folder of the script."""
        return str(self._script.source_directory)

    def _submit(
        self,
        experiment: Experiment,
        tags: Mapping[str, str] | None,
        *,
        parent: str | None = None,
        **kwargs: Any,
    ) -> Run:
        from azureml.core._script_submission import planned
        from azureml.train.hyperdrive.run import HyperDriveRun
        from brygga.runs.search import as_arguments

        no_more(kwargs)
        plan = planned(experiment, self._script)
        texts = {key: str(value) for key, value in (tags or {}).items()}
        with translated(UserErrorException):
            made = experiment.workspace._brygga.runs.search(
                experiment.name,
                self._search(self._cores()),
                plan.spec,
                run_id=self._run_id,
                parent=parent,
                tags=texts,
                details=plan.details,
                part_details=lambda each: plan.details_with(as_arguments(each)),
            )
        return HyperDriveRun(experiment, made.id, self)

    def _search(self, cores: int) -> SearchSpec:
        from brygga.runs.search import Goal, SearchSpec

        return SearchSpec(
            metric=self._metric,
            goal=Goal[self._goal.name],
            sampling=self._sampling._sampling(),
            total=self._total,
            at_once=min(self._at_once, cores),
            policy=self._policy._policy(),
            seconds=self._minutes * 60,
        )

    def _cores(self) -> int:
        from brygga.targets.local.limits import machine_cores

        cores = machine_cores()
        if min(self._at_once, self._total) > cores:
            say(
                f"{row('HyperDriveConfig(max_concurrent_runs)').text} Here that is {cores} of the "
                f"{min(self._at_once, self._total)} that were asked for."
            )
        return cores


class HyperDriveRunConfig(HyperDriveConfig):
    """The older name of `HyperDriveConfig`."""
