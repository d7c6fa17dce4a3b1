"""The tree of exceptions.

AzureMLException
├── UserErrorException ── AuthenticationException
├── WebserviceException
├── ModelNotFoundException          not a WebserviceException, as in v1
├── ComputeTargetException
└── ... one for each of the rest
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, ClassVar


class AzureMLException(Exception):
    """The root. `str()` shows the class, the message, what was underneath, and both as JSON."""

    _error_code: ClassVar[str | None] = None

    def __init__(
        self,
        exception_message: str,
        inner_exception: BaseException | None = None,
        target: str | None = None,
        details: Sequence[object] | None = None,
        message_format: str | None = None,
        message_parameters: dict[str, str] | None = None,
        reference_code: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message)
        self._exception_message = exception_message
        self._inner_exception = inner_exception
        self._target = target
        self._details = details
        self._message_format = message_format
        self._message_parameters = message_parameters
        self._reference_code = reference_code
        self._kwargs = kwargs

    @property
    def message(self) -> str:
        """What went wrong."""
        return self._exception_message

    @message.setter
    def message(self, value: str) -> None:
        self._exception_message = value

    @property
    def inner_exception(self) -> BaseException | None:
        """What it was caused by."""
        return self._inner_exception

    def _serialize_json(self) -> str:
        told: dict[str, object] = {
            "code": self._error_code,
            "message": self._exception_message,
            "message_format": self._message_format,
            "message_parameters": self._message_parameters,
            "target": self._target,
            "details": self._details,
            "reference_code": self._reference_code,
        }
        error = {name: value for name, value in told.items() if value}
        return json.dumps({"error": error}, indent=4, default=str)

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}:\n\tMessage: {self._exception_message}\n"
            f"\tInnerException {self._inner_exception}\n"
            f"\tErrorResponse \n{self._serialize_json()}"
        )

    def __repr__(self) -> str:
        return str(self)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the cause, once, then the caller's own lines, and none of ours."""
        from azureml._support.errors import rendered

        return rendered(self, type(self).__name__)


class TrainingException(AzureMLException):
    """A training run failed."""


class ExperimentExecutionException(AzureMLException):
    """A script could not be run."""


class ProjectSystemException(AzureMLException):
    """A folder does not belong to a workspace as it should."""

    _error_code = "UserError"


class SnapshotException(AzureMLException):
    """A copy of a source folder cannot be made."""


class RunEnvironmentException(AzureMLException):
    """A script that expects to be run by an experiment is not."""


class WorkspaceException(AzureMLException):
    """A workspace cannot be had."""


class WorkspacePrivateEndpointException(AzureMLException):
    """A private endpoint cannot be had."""


class ComputeTargetException(AzureMLException):
    """A compute target cannot be had."""


class UserErrorException(AzureMLException):
    """A call that the caller has to correct."""

    _error_code = "UserError"


class AuthenticationException(UserErrorException):
    """Kept for `except` clauses: nobody logs in to Brygga."""


class RunConfigurationException(AzureMLException):
    """A run configuration that cannot be used."""

    _error_code = "UserError"


class WebserviceException(AzureMLException):
    """A model, image or service cannot be had, or did not answer.

    Attributes:
        status_code: The HTTP status, where there was one.
    """

    def __init__(
        self,
        exception_message: str,
        status_code: int | None = None,
        logger: logging.Logger | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code
        if logger is not None:
            logger.error(exception_message)


class ModelNotFoundException(AzureMLException):
    """A model has no files where a script looks for it."""


class ModelPathNotFoundException(AzureMLException):
    """A path that should become a model is not there."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """Kept for `except` clauses: Brygga discovers nothing."""


class ActivityFailedException(AzureMLException):
    """A run ended with an error."""


class ActivityCanceledException(AzureMLException):
    """A run was cancelled."""


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no column of times."""


class ParallelRunException(AzureMLException):
    """Kept for `except` clauses: Brygga runs no parallel steps."""


class ServiceException(AzureMLException):
    """A call that the workspace did not take."""

    def __init__(
        self, exception_message: str, status_code: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class AzureMLAggregatedException(AzureMLException):
    """Several errors at once."""

    def __init__(self, exceptions: Sequence[BaseException], **kwargs: Any) -> None:
        super().__init__("\n".join(str(each) for each in exceptions), **kwargs)
        self.exceptions = tuple(exceptions)
