"""`Pipeline`: steps, brought into their order and submitted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import refused
from azureml.core._submission import Submission, no_more
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._step import PipelineStep

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core._runs import PipelineRun


class StepSequence:
    """Steps that wait for each other in their order; a list among them is of one rank."""

    def __init__(self, steps: Sequence[Any] | None = None) -> None:
        self._steps = list(steps or ())
        before: list[PipelineStep] = []
        for rank in self._steps:
            now = list(_flat([rank]))
            for step in now:
                for each in before:
                    step.run_after(each)
            before = now

    def __iter__(self) -> Iterator[Any]:
        return iter(self._steps)


class Pipeline(Submission):
    """Steps of scripts; they run one after another on this machine."""

    def __init__(
        self,
        workspace: Workspace,
        steps: Any,
        description: str | None = None,
        default_datastore: Any = None,
        default_source_directory: str | None = None,
        resolve_closure: bool = True,
        _workflow_provider: object = None,
        _service_endpoint: object = None,
        **kwargs: Any,
    ) -> None:
        no_more(kwargs)
        self._workspace = workspace
        self._description = description
        self._source_directory = default_source_directory
        self._steps = _in_order(list(_flat([steps])), closed=resolve_closure)

    @property
    @refused
    def graph(self) -> Any: ...

    @refused
    def service_endpoint(self) -> Any: ...

    @refused
    def publish(
        self,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> Any: ...

    @staticmethod
    @refused
    def load_yaml(
        workspace: Any,
        filename: Any,
        _workflow_provider: object = None,
        _service_endpoint: object = None,
    ) -> Any: ...

    def validate(self) -> list[Any]:
        """What is wrong with it: nothing, or an error is raised."""
        return []

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        credential_passthrough: bool | None = None,
        **kwargs: Any,
    ) -> PipelineRun:
        """Begins a run of it, in an experiment of that name."""
        from azureml.core.experiment import Experiment

        return self._submit(
            Experiment(self._workspace, experiment_name),
            None,
            parent=parent_run_id,
            pipeline_parameters=pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            **kwargs,
        )

    def _submit(
        self,
        experiment: Experiment,
        tags: Mapping[str, str] | None,
        *,
        parent: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        **kwargs: Any,
    ) -> PipelineRun:
        from azureml.core._script_submission import planned
        from azureml.pipeline.core._runs import PipelineRun
        from brygga.runs.sequence import SequenceStep

        no_more(kwargs)
        given = dict(pipeline_parameters or {})
        self._check(given)
        run_id = str(uuid.uuid4())
        numbers = {id(step): number for number, step in enumerate(self._steps)}
        steps = []
        for step in self._steps:
            config = step._configured(self._workspace, run_id, given, self._source_directory)
            plan = planned(experiment, config)
            steps.append(
                SequenceStep(
                    step.name,
                    plan.spec,
                    frozenset(numbers[id(each)] for each in step._waits_for()),
                    {**plan.details, "outputs": step._places(run_id)},
                )
            )
        with translated(UserErrorException):
            run = experiment.workspace._brygga.runs.sequence(
                experiment.name,
                steps,
                run_id=run_id,
                parent=parent,
                tags={key: str(value) for key, value in (tags or {}).items()},
                details={"target": "local", "parameters": given, "outputs": self._named(run_id)},
                goes_on=continue_on_step_failure,
            )
        if self._description:
            run.change(description=self._description)
        return PipelineRun(experiment, run.id)

    def _check(self, given: Mapping[str, Any]) -> None:
        known = {name for step in self._steps for name in step._parameters()}
        unknown = sorted(set(given) - known)
        if unknown:
            raise UserErrorException(
                f"There is no pipeline parameter {', '.join(unknown)}. Those there are: "
                f"{', '.join(sorted(known)) or 'none'}."
            )

    def _named(self, run_id: str) -> dict[str, Any]:
        """The places of what is an output of the pipeline as a whole, by its name there."""
        return {
            each._output_name: place
            for step in self._steps
            for each, place in step._written_places(run_id)
            if each._output_name
        }


def _flat(given: Any) -> Iterator[PipelineStep]:
    for each in given:
        if isinstance(each, PipelineStep):
            yield each
        elif isinstance(each, list | tuple | StepSequence):
            yield from _flat(each)
        else:
            raise UserErrorException(
                f"A {type(each).__name__} is no step: give PythonScriptStep objects."
            )


def _in_order(steps: list[PipelineStep], *, closed: bool) -> list[PipelineStep]:
    """Each after those it waits for, and otherwise as they were given.

    Raises:
        UserErrorException: two wait for each other.
    """
    ordered: list[PipelineStep] = []
    begun: set[int] = set()

    def take(step: PipelineStep) -> None:
        if step in ordered:
            return
        if id(step) in begun:
            raise UserErrorException(f"The step {step.name} waits for itself.")
        begun.add(id(step))
        for each in step._waits_for():
            if each in steps or closed:
                take(each)
        ordered.append(step)

    for step in steps:
        take(step)
    return ordered
