"""What people give of the wrong kind: said before anything is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.models import Model

_LONGEST = 80
_ENVIRONMENTS = (
    "Take ws.environments.registered(NAME), or make one: Environment.from_packages([...]), "
    "from_requirements_file(FILE) or from_conda_file(FILE)."
)


def check_kinds(environment: object, models: object, dependencies: object) -> None:
    """Makes sure that each is what its name says.

    Raises:
        InvalidInputError: a string for an environment, one model for a list of them, and the like.
    """
    if environment is not None and not isinstance(environment, Environment):
        raise _wrong(f"environment={_shown(environment)} is no Environment.", _ENVIRONMENTS)
    for name, given in (("models", models), ("dependencies", dependencies)):
        if isinstance(given, str | Path | Model) or not isinstance(given, Sequence):
            raise _wrong(f"{name}={_shown(given)} is no list.", f"Give {name}=[{_shown(given)}].")
    for model in models if isinstance(models, Sequence) else ():
        if not isinstance(model, str | Path | Model):
            raise _wrong(
                f"{_shown(model)} among the models is none.",
                "Each is a Model, a reference as 'name' or 'name:version', a Path, or for a "
                "service a fitted estimator with predict().",
            )


def _wrong(message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(message, code=ErrorCode.OPTION_INVALID, hint=hint)


def _shown(value: object) -> str:
    """A value in a message; what is long is said by its kind."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"<{type(value).__name__}>"
