"""From Brygga's errors to those of v1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from azureml.exceptions import AzureMLException, WebserviceException

if TYPE_CHECKING:
    from brygga.errors import BryggaError


@contextmanager
def translated(kind: type[AzureMLException] = WebserviceException) -> Iterator[None]:
    """What Brygga raises comes out as `kind`, with its sentence, and its hint in calls of v1."""
    from brygga.errors import BryggaError

    try:
        yield
    except BryggaError as error:
        if issubclass(kind, WebserviceException):
            raise kind(in_v1(error), status_code=_status(error)) from error
        raise kind(in_v1(error)) from error


def in_v1(error: BryggaError) -> str:
    """What failed and what to do next, with calls of v1."""
    from brygga.spellings import Language, words

    return f"{error.message} {words(error.advice, Language.V1)}".strip()


def rendered(error: BaseException, kind: str) -> list[str]:
    """An error as a notebook shows it: what was wrong, what shows it, and who called."""
    import azureml
    from brygga.errors import BryggaError, callers_lines

    cause = error.__cause__
    told = getattr(error, "message", None) or str(error)
    evidence = []
    if isinstance(cause, BryggaError):
        told, evidence = in_v1(cause), cause.evidence()
    lines = [f"{kind}: {told}", *evidence]
    return [*lines, *callers_lines(error, str(azureml.__file__))]


def _status(error: BryggaError) -> int | None:
    """The HTTP status v1's service would have given."""
    from brygga.errors import InUseError, NotFoundError, OperationInProgressError

    codes = {OperationInProgressError: 409, InUseError: 412, NotFoundError: 404}
    return next((code for each, code in codes.items() if isinstance(error, each)), None)
