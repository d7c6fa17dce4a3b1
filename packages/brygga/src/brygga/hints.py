"""What to do next, as data: each language says it in its own words (`brygga.spellings`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

Value = str | int | float | bool


class Verb(StrEnum):
    """What can be done next; `brygga.spellings` has how each of them is written."""

    DEPLOY = "service.deploy"
    RECONFIGURE = "service.reconfigure"
    TEST = "service.test"
    RUN = "service.run"
    SHOW = "service.show"
    LOGS = "service.logs"
    KEYS = "service.keys"
    RESTART = "service.restart"
    WAIT = "service.wait"
    REVISIONS = "service.revisions"
    DELETE_SERVICE = "service.delete"
    FORGET_SERVICE = "service.forget"
    REGISTER_MODEL = "model.register"
    DOWNLOAD_MODEL = "model.download"
    DELETE_MODEL = "model.delete"
    BUILD_LOG = "image.log"
    LOCK = "environment.lock"
    REGISTER_ENVIRONMENT = "environment.register"
    LIST_RUNS = "run.list"
    LIST_OPERATIONS = "operation.list"
    CREATE_WORKSPACE = "workspace.create"
    USE_WORKSPACE = "workspace.use"
    BACK_UP = "workspace.backup"
    RESTORE = "workspace.restore"
    WRITE_CONFIG = "workspace.write_config"
    BEGIN_PROJECT = "project.new"
    DOCTOR = "doctor"
    MEND = "doctor.fix"
    COLLECT_GARBAGE = "garbage.collect"
    ADD_TARGET = "target.add"
    LIST_TARGETS = "target.list"
    TARGET_ROLE = "target.role"


@dataclass(frozen=True)
class Action:
    """A whole call: a verb, and what it is done with.

    Attributes:
        arguments: By the names they have in the SDK; one that is left out shows as a placeholder.
    """

    verb: Verb
    arguments: Mapping[str, Value] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {"verb": self.verb.value, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class Argument:
    """One argument of a call that the reader has made, or is about to make.

    Attributes:
        name: Its name in the SDK.
        value: None names the argument alone.
    """

    verb: Verb
    name: str
    value: Value | None = None

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {"verb": self.verb.value, "argument": self.name, "value": self.value}


@dataclass(frozen=True)
class Shell:
    """A command of another program, the same in every language."""

    words: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {"shell": list(self.words)}


Step = Action | Argument | Shell


@dataclass(frozen=True)
class Hint:
    """Advice, with the steps it speaks of.

    Attributes:
        text: A `{}` stands for each step, in their order.
    """

    text: str = ""
    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    @classmethod
    def of(cls, text: str, *steps: Step) -> Self:
        """A hint with the steps that its text has a place for."""
        return cls(text, steps)

    @classmethod
    def do(cls, step: Step) -> Self:
        """A hint that is nothing but one step."""
        return cls("{}", (step,))

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return {"text": self.text, "steps": [step.to_dict() for step in self.steps]}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Reads what `to_dict` wrote.

        Raises:
            ValueError: it is not such an object, or speaks of a verb that is not known here.
        """
        text, steps = data.get("text"), data.get("steps")
        if not isinstance(text, str) or not isinstance(steps, list):
            raise ValueError(f"not a hint: {data!r}")
        return cls(text, tuple(_step_from_dict(step) for step in steps))


def as_hint(given: str | Hint) -> Hint:
    """Plain advice as a hint."""
    return given if isinstance(given, Hint) else Hint(given)


def _step_from_dict(data: Mapping[str, object]) -> Step:
    words = data.get("shell")
    if isinstance(words, list):
        return Shell(tuple(str(word) for word in words))
    verb = Verb(str(data.get("verb")))
    arguments, name, value = data.get("arguments"), data.get("argument"), data.get("value")
    if isinstance(arguments, Mapping):
        return Action(verb, {str(k): _value(v) for k, v in arguments.items()})
    return Argument(verb, str(name), None if value is None else _value(value))


def _value(value: object) -> Value:
    return value if isinstance(value, str | int | float | bool) else str(value)
