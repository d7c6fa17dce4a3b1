"""Lets a search take its course: begins and ends its runs, and keeps what became of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TextIO

from brygga.errors import BryggaError
from brygga.operations import OngoingOperation, OperationState, Phase, Problem
from brygga.runs.conduct import conduct, copy_code
from brygga.runs.run import Run, RunStatus
from brygga.runs.script import ScriptSpec
from brygga.runs.search.course import Course, Part, SearchSpec, Step, WhyOver
from brygga.runs.search.space import Parameters

_POLL_S = 0.1

Begin = Callable[[str, ScriptSpec, Parameters], Run]
"""Runs a script as a part of the search: its id, the script, and what it tries."""


def begin_search(
    run: Run, spec: SearchSpec, script: ScriptSpec, begin: Begin, operation: OngoingOperation
) -> None:
    """Begins, and returns; a thread sees the search to its end, and keeps this process until then.

    All parts run the script as it is now: its folder is copied first.
    """

    def copy() -> ScriptSpec:
        copy_code(script.source_directory, run.code)
        return replace(script, source_directory=run.code)

    def see_through(copied: ScriptSpec) -> None:
        with run.log_file.open("w", encoding="utf-8") as log:
            _Driver(run, spec, copied, begin, operation, log).drive()

    conduct(run, operation, copy, see_through)


def as_arguments(parameters: Parameters) -> tuple[str, ...]:
    """As a script is given them: `--name value`, where the name does not bring its own dashes."""
    return tuple(
        text
        for name, value in parameters.items()
        for text in (name if name.startswith("-") else f"--{name}", str(value))
    )


@dataclass
class _Driver:
    run: Run
    spec: SearchSpec
    script: ScriptSpec
    begin: Begin
    operation: OngoingOperation
    log: TextIO
    runs: dict[str, Run] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def drive(self) -> None:
        """Until it is over, or was cancelled; nothing that it began runs on afterwards."""
        self.operation.phase(Phase.RUNNING, f"Searching with {self.script.script}")
        try:
            self._take_course(Course(self.spec, time.monotonic()))
        except BryggaError as error:  # a full disk, a store that does not answer
            self._end_all()
            self._fail(error.message)

    def _take_course(self, course: Course) -> None:
        while not self.run.cancelled:
            self._look()
            step = course.step(time.monotonic(), self.parts)
            self._do(step)
            if step.over is not None:
                self._conclude(step.over)
                return
            if not step.begin:
                time.sleep(_POLL_S)
        self._end_all()
        self.run.finish(RunStatus.CANCELED)
        self.operation.conclude(OperationState.INTERRUPTED)

    def _look(self) -> None:
        """At what has not ended; in the order of status and values, so that no value is missed."""
        for name, part in self.parts.items():
            if part.ended:
                continue
            status = self.runs[name].status
            values = values_of(self.runs[name], self.spec.metric)
            self.parts[name] = replace(
                part, values=values, ended=status.is_final, failed=status is RunStatus.FAILED
            )
            if status.is_final:
                best = self.spec.goal.best(values) if values else "not logged"
                self._say(f"{name} {status.value}: {self.spec.metric} {best}")

    def _do(self, step: Step) -> None:
        if step.end:
            self._say(f"Ending {', '.join(step.end)}")
            self._end(step.end)
        for parameters in step.begin:
            name = f"{self.run.id}_{len(self.parts)}"
            arguments = (*self.script.arguments, *as_arguments(parameters))
            self._say(f"{name} tries {json.dumps(parameters)}")
            self.runs[name] = self.begin(
                name, replace(self.script, arguments=arguments), parameters
            )
            self.parts[name] = Part(parameters)

    def _end_all(self) -> None:
        self._end([name for name, part in self.parts.items() if not part.ended])

    def _end(self, names: Sequence[str]) -> None:
        if names:
            with ThreadPoolExecutor(len(names)) as pool:
                list(pool.map(lambda name: self.runs[name].cancel(), names))

    def _conclude(self, over: WhyOver) -> None:
        if over is WhyOver.HOPELESS:
            why = next(_why(self.runs[name]) for name, part in self.parts.items() if part.failed)
            message = f"Each of {len(self.parts)} runs failed, so no more were begun. {why}"
        elif not any(part.values for part in self.parts.values()):
            message = self._unmeasured()
        else:
            self._say(f"Over ({over.value}) after {len(self.parts)} runs")
            self.run.finish(RunStatus.COMPLETED)
            return
        self._fail(message)

    def _fail(self, message: str) -> None:
        self._say(message)
        self.run.finish(RunStatus.FAILED, {"code": "UserError", "message": message})
        self.operation.conclude(OperationState.FAILED, Problem(message))

    def _unmeasured(self) -> str:
        names = {metric.name for run in self.runs.values() for metric in run.metrics()}
        if self.spec.metric in names:
            return f"What the runs logged as {self.spec.metric!r} is no number: NaN, inf or a text."
        message = f"No run logged the metric {self.spec.metric!r}."
        if not names:
            return f"{message} Its script is to log it, with run.log(name, value)."
        return f"{message} Those that were logged: {', '.join(sorted(names))}."

    def _say(self, line: str) -> None:
        print(line, file=self.log, flush=True)


def values_of(run: Run, metric: str) -> tuple[float, ...]:
    """What a run logged of a metric, less what is no number."""
    return tuple(
        float(each.value)
        for each in run.metrics()
        if each.name == metric
        and isinstance(each.value, int | float)
        and not isinstance(each.value, bool)
    )


def _why(run: Run) -> str:
    error: Mapping[str, str] = run.row.details.get("error") or {}
    return error.get("message", "")
