"""What others see of an operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from brygga.errors import BryggaError, DeploymentError, ScriptError
from brygga.findings import Diagnosis
from brygga.hints import Hint
from brygga.markup import card
from brygga.operations.timeline import OperationState, PhaseSpan
from brygga.spellings import Language, words


class OperationKind(StrEnum):
    """What is being done."""

    DEPLOY = "deploy"
    RECONFIGURE = "reconfigure"
    ROLLBACK = "rollback"
    RESTART = "restart"
    STOP = "stop"
    DELETE = "delete"
    PROFILE = "profile"
    TEST = "test"
    BUILD = "build"
    EXPORT = "export"  # of an image: as a file, or as what it is built from
    PUSH = "push"
    LOCK = "lock"
    VERIFY = "verify"
    RUN = "run"
    BACKUP = "backup"
    RESTORE = "restore"


class SubjectKind(StrEnum):
    """What it is done to."""

    SERVICE = "service"
    IMAGE = "image"
    ENVIRONMENT = "environment"
    SCRIPT = "script"
    RUN = "run"
    WORKSPACE = "workspace"


@dataclass(frozen=True)
class Subject:
    """What an operation is about, by its kind and name."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True)
class Problem:
    """Why an operation failed.

    Attributes:
        message: What failed, with which value.
        code: The same for programs; empty where it is no error of Brygga's.
        advice: What to do next, as data; may be empty.
        diagnosis: Where it is a service or a script that failed.
    """

    message: str
    code: str = ""
    advice: Hint = field(default_factory=Hint)
    diagnosis: Diagnosis | None = None

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """What an exception says."""
        if isinstance(error, DeploymentError | ScriptError):
            return cls(error.message, error.code, error.advice, error.diagnosis)
        if isinstance(error, BryggaError):
            return cls(error.message, error.code, error.advice)
        return cls(f"{type(error).__name__}: {error}".rstrip(": "))


@dataclass(frozen=True)
class Operation:
    """An operation as it was when it was looked at.

    Attributes:
        state: INTERRUPTED also where the process that did it was killed.
        seconds: How long it took, or had taken when it was looked at. The times of steps count
            from its beginning as well.
        remarks: Those from before the first step.
        revision: Of a service, what it made.
        problem: Why it failed.
    """

    id: str
    kind: OperationKind
    subject: Subject
    began_at: datetime
    state: OperationState
    seconds: float
    phases: tuple[PhaseSpan, ...] = ()
    remarks: tuple[str, ...] = ()
    revision: int | None = None
    problem: Problem | None = None

    def _repr_html_(self) -> str:
        problem = self.problem
        return card(
            f"{self.kind.capitalize()} {self.subject}",
            {
                "state": self.state.value,
                "began": self.began_at,
                "took": f"{self.seconds:.1f} s",
                "phases": [
                    f"{each.text}: {each.seconds(self.seconds):.1f} s" for each in self.phases
                ],
                "remarks": self.remarks,
                "revision": self.revision,
                "error": None if problem is None else problem.message,
                "fix": None if problem is None else words(problem.advice, Language.PYTHON),
                "id": self.id,
            },
        )

    @property
    def is_running(self) -> bool:
        """Whether somebody is at it."""
        return self.state is OperationState.RUNNING
