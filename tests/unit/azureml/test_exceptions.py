"""v1's tree of exceptions, and what they print."""

import logging

import pytest

from azureml import exceptions
from azureml._support.errors import translated
from azureml.exceptions import (
    AuthenticationException,
    AzureMLException,
    ModelNotFoundException,
    UserErrorException,
    WebserviceException,
)
from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.hints import Action, Hint, Verb


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


def test_what_to_do_next_is_a_call_of_v1() -> None:
    restart = Hint.of("Bring it back with {}.", Action(Verb.RESTART, {"name": "svc"}))
    with pytest.raises(WebserviceException) as caught, translated():
        raise StoreError("It is down.", code=ErrorCode.SERVICE_UNRESPONSIVE, hint=restart)
    assert caught.value.message == (
        "It is down. Bring it back with `Model.deploy(ws, 'svc', ..., overwrite=True)`."
    )


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
