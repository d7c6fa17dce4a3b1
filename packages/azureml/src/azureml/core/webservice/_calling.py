"""Calling a service, with v1's words for what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azureml._support.errors import in_v1, translated
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.webservice.webservice import Webservice
    from brygga import ServiceCallError

_GRACE_S = 10.0


def call(service: Webservice, data: Any) -> Any:
    """Sends bytes, text or an open file as they are, anything else as JSON.

    A call that failed is not made again: `run()` may have done something already. v1 made it up to
    four times.

    Raises:
        WebserviceException: there is no address or no service, or the answer is not 200.
    """
    from brygga import ServiceCallError

    if service.scoring_uri is None:
        service.update_deployment_state()
    if service.scoring_uri is None:
        raise WebserviceException(
            "Error attempting to call webservice, scoring_uri unavailable. This could be due to a "
            "failed deployment, or the service not being ready yet.\n"
            f"Current State: {service.state}\nErrors: {service.error}"
        )
    body = data.read() if hasattr(data, "read") else data
    with translated():
        timeout_s = service._brygga.spec.scoring_timeout_ms / 1000 + _GRACE_S
        try:
            return service._brygga.run(body, timeout_s=timeout_s)
        except ServiceCallError as error:
            raise _in_v1s_words(error) from error


def _in_v1s_words(error: ServiceCallError) -> WebserviceException:
    if error.status is None:
        return WebserviceException(f"Error attempting to call webservice: {in_v1(error)}")
    return WebserviceException(
        "Received bad response from service. More information can be found by calling "
        "`.get_logs()` on the webservice object.\n"
        f"Response Code: {error.status}\nHeaders: {dict(error.headers)}\n"
        f"Content: {error.body.encode()!r}",
        status_code=error.status,
    )
