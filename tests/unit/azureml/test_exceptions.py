"""v1's tree of exceptions, and what they print."""

import logging

import pytest

from azureml import exceptions
from azureml.exceptions import (
    AuthenticationException,
    AzureMLException,
    ModelNotFoundException,
    UserErrorException,
    WebserviceException,
)


def test_the_text_is_v1s() -> None:
    assert str(WebserviceException("WebserviceNotFound: x")) == (
        "WebserviceException:\n"
        "\tMessage: WebserviceNotFound: x\n"
        "\tInnerException None\n"
        "\tErrorResponse \n"
        "{\n"
        '    "error": {\n'
        '        "message": "WebserviceNotFound: x"\n'
        "    }\n"
        "}"
    )


def test_a_users_error_has_its_code_and_what_was_underneath() -> None:
    error = UserErrorException("Wrong.", inner_exception=ValueError("deep"), target="a")
    assert '"code": "UserError"' in str(error)
    assert '"target": "a"' in str(error)
    assert "InnerException deep" in str(error)
    assert error.message == "Wrong."


def test_a_webservice_exception_has_a_status_and_may_be_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = WebserviceException("Gone.", status_code=404, logger=logging.getLogger("azureml"))
    assert (error.status_code, caplog.messages) == (404, ["Gone."])


def test_the_tree_is_v1s() -> None:
    for name in exceptions.__all__:
        assert issubclass(getattr(exceptions, name), AzureMLException)
    assert issubclass(AuthenticationException, UserErrorException)
    assert not issubclass(ModelNotFoundException, WebserviceException)
    assert exceptions.__all__ == sorted(exceptions.__all__)
