"""The exceptions of v1 that a score script can meet."""

import json
from typing import Any, Optional


class AzureMLException(Exception):
    """The root, with v1's attributes and text."""

    def __init__(
        self, exception_message: str, inner_exception: Optional[BaseException] = None, **kwargs: Any
    ) -> None:
        super().__init__(exception_message)
        self._message = exception_message
        self.inner_exception = inner_exception

    @property
    def message(self) -> str:
        """What went wrong."""
        return self._message

    def __str__(self) -> str:
        response = json.dumps({"error": {"message": self._message}}, indent=4)
        return "%s:\n\tMessage: %s\n\tInnerException %s\n\tErrorResponse \n%s" % (
            type(self).__name__,
            self._message,
            self.inner_exception,
            response,
        )


class UserErrorException(AzureMLException):
    """A call that the caller has to correct."""


class WebserviceException(AzureMLException):
    """A call about a service or a model that cannot be answered."""

    def __init__(
        self,
        exception_message: str,
        status_code: Optional[int] = None,
        logger: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code
        if logger is not None:
            logger.error(exception_message)


class ModelNotFoundException(AzureMLException):
    """There is no model of that name; not a `WebserviceException`, as in v1."""
