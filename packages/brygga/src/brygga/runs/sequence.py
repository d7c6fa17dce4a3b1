"""Scripts that run one after another, as parts of one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, InvalidInputError
from brygga.operations import OngoingOperation, OperationState, Problem, Remarked
from brygga.runs.conduct import conduct, copy_code
from brygga.runs.run import Run, RunStatus
from brygga.runs.script import ScriptSpec

_POLL_S = 0.1


@dataclass(frozen=True)
class SequenceStep:
    """A script that runs when those it waits for have ended well.

    Attributes:
        after: The numbers of those, in the sequence; all are lower than its own.
        details: What its run remembers of how it was started.
    """

    name: str
    script: ScriptSpec
    after: frozenset[int] = frozenset()
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def check(self, number: int) -> None:
        """Refuses a script that is not there, and an order that cannot be.

        Raises:
            InvalidInputError: which it is.
        """
        self.script.check()
        if any(each >= number for each in self.after):
            raise InvalidInputError(
                f"The step {self.name!r} waits for one that does not come before it.",
                code=ErrorCode.OPTION_INVALID,
                hint="Give the steps in their order.",
            )


Begin = Callable[[SequenceStep], Run]
"""Runs a script as a part of the sequence."""


def begin_sequence(
    run: Run,
    steps: Sequence[SequenceStep],
    begin: Begin,
    operation: OngoingOperation,
    *,
    goes_on: bool,
) -> None:
    """Begins, and returns; a thread sees it to its end, and keeps this process until then.

    Every script runs as it is now: the folders are copied first.

    Args:
        goes_on: Whether steps that do not wait for one that failed run all the same.
    """

    def copy() -> list[SequenceStep]:
        return [_copied(run, step, number) for number, step in enumerate(steps)]

    def see_through(copied: list[SequenceStep]) -> None:
        with run.log_file.open("wb", buffering=0) as log:
            _InARow(run, copied, begin, operation, log, goes_on).drive()

    conduct(run, operation, copy, see_through)


def _copied(run: Run, step: SequenceStep, number: int) -> SequenceStep:
    folder = run.code / str(number)
    copy_code(step.script.source_directory, folder)
    return replace(step, script=replace(step.script, source_directory=folder))


@dataclass
class _InARow:
    run: Run
    steps: Sequence[SequenceStep]
    begin: Begin
    operation: OngoingOperation
    log: BinaryIO
    goes_on: bool
    failed: dict[int, str] = field(default_factory=dict)

    def drive(self) -> None:
        """Until the last step has ended, one has failed, or it was cancelled."""
        self.run.begin()
        try:
            for number, step in enumerate(self.steps):
                if self.run.cancelled or (self.failed and not self.goes_on):
                    break
                if step.after & self.failed.keys():
                    self.failed[number] = f"The step {step.name} waits for one that failed."
                    self._say(self.failed[number])
                else:
                    self._take(number, step)
        except BryggaError as error:  # a full disk, a store that does not answer
            self.failed[-1] = error.message
        self._conclude()

    def _take(self, number: int, step: SequenceStep) -> None:
        self._say(f"Step {step.name}")
        part = self.begin(step)
        shown = self._show(part, 0)
        while not part.status.is_final:
            if self.run.cancelled:
                part.cancel()
            time.sleep(_POLL_S)
            shown = self._show(part, shown)
        self._show(part, shown)
        self._say(f"Step {step.name}: {part.status.value}")
        if part.status is not RunStatus.COMPLETED and not self.run.cancelled:
            why = (part.row.details.get("error") or {}).get("message", "")
            self.failed[number] = f"The step {step.name} failed. {why}".strip()

    def _show(self, part: Run, shown: int) -> int:
        added = part.log_since(shown)
        self.log.write(added)
        return shown + len(added)

    def _conclude(self) -> None:
        if self.run.cancelled:
            self.run.finish(RunStatus.CANCELED)
            self.operation.conclude(OperationState.INTERRUPTED)
        elif self.failed:
            message = next(iter(self.failed.values()))
            self.run.finish(RunStatus.FAILED, {"code": "UserError", "message": message})
            self.operation.conclude(OperationState.FAILED, Problem(message))
        else:
            self.run.finish(RunStatus.COMPLETED)

    def _say(self, line: str) -> None:
        self.log.write(f"{line}\n".encode())
        self.operation.tell(Remarked(line))
