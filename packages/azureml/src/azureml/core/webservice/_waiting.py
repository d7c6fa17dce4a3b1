"""Waiting for a service, with v1's words."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core.webservice.webservice import Webservice

_TIPS = (
    "Tips: You can try get_logs(): https://aka.ms/debugimage#dockerlog or local deployment: "
    "https://aka.ms/debugimage#debug-locally to debug if deployment takes longer than 10 minutes."
)
_POLL_S = 0.1
_DOT_S = 5.0
_FAILURES = {"ACI": "AciDeploymentFailed", "AKS": "KubernetesDeploymentFailed"}


def wait(service: Webservice, *, show_output: bool, timeout_s: float | None) -> None:
    """Returns when the newest revision serves.

    Raises:
        WebserviceException: it will not serve, or `timeout_s` went by.
    """
    lines = service._status_lines
    # v1 cannot poll an operation that another process began. Here anybody can, as long as it runs.
    if lines is None and service.state != "Transitioning":
        print(
            "Long running operation information not known, unable to poll. "
            f"Current state is {service.state}"
        )
        return
    if show_output:
        print(_TIPS)
        print("Running", end="", flush=True)
    error = _poll(service, show_output=show_output, timeout_s=timeout_s)
    service.update_deployment_state()
    if error is not None:
        if show_output:
            print("\nFailed")
        raise _failed(service, error.diagnosis) from error
    if lines is not None:
        lines.serving()
        if show_output:
            _tell(service)
    if show_output:
        print("\nSucceeded")
    print(f'{service.compute_type} service creation operation finished, operation "Succeeded"')
    service._status_lines = None


def _poll(
    service: Webservice, *, show_output: bool, timeout_s: float | None
) -> brygga.DeploymentError | None:
    from brygga import Cause, DeploymentError
    from brygga.operations import SILENT

    started = dotted = time.monotonic()
    while True:
        if show_output:
            _tell(service)
        try:
            service._brygga.wait_for_deployment(timeout_s=_POLL_S, progress=SILENT)
        except DeploymentError as error:
            if error.diagnosis.cause is not Cause.TIMEOUT:
                return error
        else:
            return None
        now = time.monotonic()
        if timeout_s is not None and now - started > timeout_s:
            service.update_deployment_state()
            raise WebserviceException(
                f"Deployment polling exceeded timeout override of {timeout_s}s. "
                f"Current status: {service.state}"
            )
        if show_output and now - dotted > _DOT_S:
            print(".", end="", flush=True)
            dotted = now


def _tell(service: Webservice) -> None:
    for line in service._status_lines.untold() if service._status_lines is not None else ():
        print(f"\n{line}", end="", flush=True)


def _failed(service: Webservice, failure: brygga.Diagnosis) -> WebserviceException:
    error = json.dumps(v1_error(failure, service.compute_type), indent=2)
    revision = service._brygga.revisions()[-1].number
    return WebserviceException(
        "Service deployment polling reached non-successful terminal state, current service state: "
        f"{'Failed' if service.state == 'Healthy' else service.state}\n"
        f"Operation ID: {service.name}/{revision}\n"
        "More information can be found using '.get_logs()'\n"
        f"Error:\n{error}"
    )


def v1_error(failure: brygga.Diagnosis, compute_type: str) -> dict[str, Any]:
    """v1's form of a failure, with Brygga's cause, sentence and fix in it."""
    from brygga.spellings import Language, words

    detail: dict[str, Any] = {"code": failure.cause.value, "message": failure.sentence}
    if failure.traceback:
        detail["traceback"] = failure.traceback
    return {
        "code": _FAILURES.get(compute_type, "DeploymentFailed"),
        "statusCode": 400,
        "message": f"{failure.sentence} {words(failure.advice, Language.V1)}",
        "details": [detail],
    }
