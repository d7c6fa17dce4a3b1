"""`AutoMLRun`: the choice of an algorithm, and the models that were tried."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked, refused
from azureml.core.run import Run
from azureml.exceptions import UserErrorException
from azureml.train.automl._fitted import fitted_model

if TYPE_CHECKING:
    from azureml.core.model import Model
    from brygga.runs.automl.flaml import ChosenModel

__all__ = ["AutoMLRun", "TriedRun"]

_MODEL = "outputs/model.pkl"


class TriedRun(Run):
    """A model that was tried."""

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        *rest: Any,
        **kwargs: Any,
    ) -> Model:
        """Registers its model with its packages, so that it can be deployed without a script."""
        model_path = model_path or _MODEL
        if model_path != _MODEL or model_framework is not None:
            return super().register_model(
                model_name, model_path, tags, properties, model_framework,
                model_framework_version, *rest, **kwargs,
            )  # fmt: skip
        packages = _chosen(self).about["packages"]
        with_packages = {**(properties or {}), "azureml.packages": json.dumps(packages)}
        return super().register_model(
            model_name, model_path, tags, with_packages, "ScikitLearn",
            packages["scikit-learn"], *rest, **kwargs,
        )  # fmt: skip


class AutoMLRun(Run):
    """The choice of an algorithm."""

    @property
    def run_id(self) -> str:
        """Its id."""
        return self.id

    @checked
    def get_output(
        self,
        iteration: int | None = None,
        metric: str | None = None,
        return_onnx_model: bool = False,
        return_split_onnx_model: object = None,
        **kwargs: Any,
    ) -> tuple[Run, Any]:
        """The best run, and its fitted model, whose `predict` works here.

        Raises:
            UserErrorException: it has not ended well, or another than the best is asked for.
        """
        best = self._asked_for(iteration, metric)
        return best, fitted_model(_chosen(best))

    @checked
    def get_best_child(
        self, metric: str | None = None, onnx_compatible: bool = False, **kwargs: Any
    ) -> Run:
        """The run with the best value of a metric; of the primary one, if none is named.

        Raises:
            UserErrorException: no run has measured it.
        """
        if metric in (None, self._metric):
            best = self.properties.get("best_child")
            if best is None:
                raise UserErrorException(
                    f"The run {self.id} has no best model: it is {self.get_status()}. Wait for it "
                    "with wait_for_completion()."
                )
            return TriedRun(self._experiment, best)
        from brygga.runs.automl.spec import LESS_IS_BETTER

        measured = {child: child.get_metrics().get(metric) for child in self.get_children()}
        found = {child: value for child, value in measured.items() if value is not None}
        if not found:
            raise UserErrorException(f"No run has measured {metric!r}.")
        choose = min if metric in LESS_IS_BETTER else max
        return choose(found, key=lambda child: float(found[child]))

    def register_model(
        self,
        model_name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        iteration: int | None = None,
        metric: str | None = None,
    ) -> Model:
        """Registers the best model, so that it can be deployed without a script."""
        name = model_name or self.id.replace("_", "-").lower()[:30].rstrip("-")
        best = self._asked_for(iteration, metric)
        return best.register_model(name, tags=tags, description=description)

    def summary(self) -> list[list[Any]]:
        """By algorithm: how often it was tried, and its best value."""
        from brygga.runs.automl.spec import LESS_IS_BETTER

        found: dict[str, list[float]] = {}
        for child in self.get_children():
            value = child.get_metrics().get(self._metric)
            if value is not None:
                found.setdefault(child.properties["run_algorithm"], []).append(float(value))
        best = min if self._metric in LESS_IS_BETTER else max
        return [[name, len(values), best(values)] for name, values in found.items()]

    def get_guardrails(self, to_console: bool = True) -> dict[str, Any]:
        """What was done to the data: missing numbers are their columns' medians, as always."""
        found = {"guardrails": [{"type": "Missing feature values imputation", "state": "DONE"}]}
        if to_console:
            print("Missing feature values imputation: the median of each column")
        return found

    @checked
    def get_run_sdk_dependencies(
        self, iteration: int | None = None, check_versions: bool = True, **kwargs: Any
    ) -> dict[str, str]:
        """The packages of its model."""
        return dict(_chosen(self._asked_for(iteration, None)).about["packages"])

    def complete(self, **kwargs: Any) -> None:
        """It ends by itself."""

    @refused
    def cancel_iteration(self, iteration: int) -> None: ...

    @refused
    def continue_experiment(self, X: Any = None, y: Any = None, **kwargs: Any) -> None: ...

    @refused
    def retry(self) -> None: ...

    @refused
    def pause(self) -> None: ...

    @refused
    def resume(self) -> None: ...

    @property
    def _metric(self) -> str:
        return str(self._brygga.row.details["search"]["metric"])

    def _asked_for(self, iteration: int | None, metric: str | None) -> TriedRun:
        best = self.get_best_child()
        asked = best.id if iteration is None else f"{self.id}_{iteration}"
        if metric is not None:
            asked = self.get_best_child(metric).id
        if asked != best.id:
            raise UserErrorException(
                f"Of the models that were tried the best one is kept, {best.id}, and {asked} is "
                f"asked for. Search with primary_metric={metric!r}."
                if metric
                else f"Of the models that were tried the best one is kept: {best.id}."
            )
        return TriedRun(self._experiment, best.id)


def _chosen(run: Run) -> ChosenModel:
    with translated(UserErrorException):
        return run._experiment.workspace._brygga.runs.chosen(run.id)
