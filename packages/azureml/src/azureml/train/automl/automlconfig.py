"""`AutoMLConfig`: a table, what is to be told of its rows, and how long it may take."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked, say
from azureml._support.table import row
from azureml.core._submission import Submission, no_more
from azureml.exceptions import UserErrorException
from azureml.train.automl._data import WEIGHT, check_labels, frame_of
from azureml.train.automl._models import METRICS, check_metric, learners

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from brygga.runs.automl import AutoMLSpec

__all__ = ["AutoMLConfig"]

_DEFAULT_S = 600.0
_OLDER = {
    "experiment_timeout_minutes", "max_time_sec", "time_column_name", "max_horizon",
    "forecast_horizon", "grain_column_names", "time_series_id_column_names",
}  # fmt: skip


class AutoMLConfig(Submission):
    """What `Experiment.submit` chooses an algorithm for."""

    @checked
    def __init__(
        self,
        task: str,
        path: str | None = None,
        iterations: int | None = None,
        primary_metric: str | None = None,
        positive_label: object = None,
        compute_target: Any = None,
        spark_context: object = None,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        X_valid: Any = None,
        y_valid: Any = None,
        sample_weight_valid: object = None,
        cv_splits_indices: object = None,
        validation_size: float | None = None,
        n_cross_validations: Any = None,
        y_min: object = None,
        y_max: object = None,
        num_classes: object = None,
        featurization: Any = "auto",
        max_cores_per_iteration: int | None = 1,
        max_concurrent_iterations: int = 1,
        iteration_timeout_minutes: float | None = None,
        mem_in_mb: object = None,
        enforce_time_on_windows: bool = os.name == "nt",
        experiment_timeout_hours: float | None = None,
        experiment_exit_score: float | None = None,
        enable_early_stopping: bool = True,
        blocked_models: Any = None,
        blacklist_models: Any = None,
        exclude_nan_labels: bool = True,
        verbosity: int = logging.INFO,
        enable_tf: bool = False,
        model_explainability: bool = True,
        allowed_models: Any = None,
        whitelist_models: Any = None,
        enable_onnx_compatible_models: bool = False,
        enable_voting_ensemble: bool = True,
        enable_stack_ensemble: bool | None = None,
        debug_log: str = "automl.log",
        training_data: Any = None,
        validation_data: Any = None,
        test_data: object = None,
        test_size: float | None = None,
        label_column_name: Any = None,
        weight_column_name: str | None = None,
        cv_split_column_names: object = None,
        enable_local_managed: bool = False,
        enable_dnn: bool | None = None,
        forecasting_parameters: Any = None,
        **kwargs: Any,
    ) -> None:
        self._given = {**locals(), **kwargs}
        self.task = str(task)
        if self.task not in METRICS:
            raise UserErrorException(f"task is {task!r}: give {', '.join(METRICS)}.")
        unknown = sorted(set(kwargs) - _OLDER)
        if unknown:
            say(f"{row('AutoMLConfig(kwargs)').text} ({', '.join(unknown)})")
        with translated(UserErrorException):
            self._spec(str(label_column_name or "y"))

    @property
    def user_settings(self) -> dict[str, Any]:
        """As they were given."""
        return {k: v for k, v in self._given.items() if k not in ("self", "kwargs")}

    def as_serializable_dict(self) -> dict[str, Any]:
        """What decides something, as data."""
        spec = self._spec(str(self._given["label_column_name"] or "y"))
        return {"task_type": self.task, **vars(spec)}

    @classmethod
    def get_supported_dataset_languages(cls, use_gpu: bool) -> dict[str, str]:
        """Texts are counted by their words, whatever the language."""
        return {"eng": "English"}

    def _submit(
        self,
        experiment: Experiment,
        tags: Mapping[str, str] | None,
        *,
        parent: str | None = None,
        **kwargs: Any,
    ) -> Run:
        from azureml.train.automl.run import AutoMLRun

        show_output = bool(kwargs.pop("show_output", False))
        no_more(kwargs)
        data, validation, spec = self._tables()
        texts = {key: str(value) for key, value in (tags or {}).items()}
        target = self._given["compute_target"]
        target = getattr(target, "name", target) or "local"
        with translated(UserErrorException):
            made = experiment.workspace._brygga.runs.choose(
                experiment.name,
                spec,
                data,
                validation,
                tags=texts,
                parent=parent,
                details={"target": target, "definition": {"task": self.task, "target": target}},
            )
        run = AutoMLRun(experiment, made.id)
        if show_output or target == "local":
            run.wait_for_completion(show_output=show_output)
        return run

    def _tables(self) -> tuple[Any, Any, AutoMLSpec]:
        given = self._given
        x, y = given["X"], given["y"]
        data, label = frame_of(
            given["training_data"], given["label_column_name"], x, y, given["sample_weight"]
        )
        check_labels(data[label], self.task)
        validation = None
        if given["validation_data"] is not None or given["X_valid"] is not None:
            validation, _ = frame_of(
                given["validation_data"], label, given["X_valid"], given["y_valid"]
            )
        dropped = getattr(given["featurization"], "drop_columns", None) or ()
        data = data.drop(columns=[name for name in dropped if name in data and name != label])
        with translated(UserErrorException):
            return data, validation, self._spec(label, has_weights=WEIGHT in data)

    def _spec(self, label: str, *, has_weights: bool = False) -> AutoMLSpec:
        from brygga.runs.automl import AutoMLSpec, AutoMLTask

        given = self._given
        return AutoMLSpec(
            task=AutoMLTask(self.task),
            label=label,
            metric=check_metric(self.task, given["primary_metric"]),
            seconds=self._seconds(),
            iterations=given["iterations"],
            trial_seconds=_seconds(given["iteration_timeout_minutes"]),
            learners=learners(
                self.task,
                given["allowed_models"] or given["whitelist_models"],
                given["blocked_models"] or given["blacklist_models"],
            ),
            validation=self._validation(),
            weight=WEIGHT if has_weights else given["weight_column_name"],
            **self._of_time(),
            early_stop=bool(given["enable_early_stopping"]),
        )

    def _seconds(self) -> float | None:
        given = self._given
        if given["experiment_timeout_hours"] is not None:
            return float(given["experiment_timeout_hours"]) * 3600
        minutes = given.get("experiment_timeout_minutes")
        if minutes is not None:
            return _seconds(minutes)
        if given.get("max_time_sec") is not None:
            return float(given["max_time_sec"])
        return _DEFAULT_S if given["iterations"] is None else None

    def _validation(self) -> dict[str, Any]:
        folds, share = self._given["n_cross_validations"], self._given["validation_size"]
        if self._given["validation_data"] is not None or self._given["X_valid"] is not None:
            return {}
        if isinstance(folds, int) and folds > 1 and self.task != "forecasting":
            return {"eval_method": "cv", "n_splits": folds}
        if share and self.task != "forecasting":
            return {"eval_method": "holdout", "split_ratio": float(share)}
        return {}

    def _of_time(self) -> dict[str, Any]:
        """Of a forecast, as parameters of v1's last releases or of its first."""
        if self.task != "forecasting":
            return {}
        given, parameters = self._given, self._given["forecasting_parameters"]
        found = dict(vars(parameters)) if parameters is not None else given
        ids = found.get("time_series_id_column_names") or found.get("grain_column_names")
        if ids:
            raise UserErrorException(
                "One series is forecast: leave time_series_id_column_names out, and submit a "
                "configuration for the rows of each."
            )
        horizon = found.get("forecast_horizon") or found.get("max_horizon") or 1
        return {
            "time": found.get("time_column_name"),
            "horizon": horizon if isinstance(horizon, int) else 1,
        }


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else float(minutes) * 60
