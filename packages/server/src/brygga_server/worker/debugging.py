"""A debugger for the script: v1's AZUREML_DEBUG_PORT."""

import os
from importlib import import_module
from typing import Any

from . import logs
from .diagnosis import LoadFailure, ScriptLoadError

VARIABLE = "AZUREML_DEBUG_PORT"


def attach(log: logs.Log) -> None:
    """Connect to the debugger that listens at the port, and wait until it is ready.

    Raises `ScriptLoadError` where the port is none, debugpy is not installed or nobody listens.
    """
    port = os.environ.get(VARIABLE)
    if not port:
        return
    if not port.isdigit():
        raise _refuse("%s is %r, but has to be a port" % (VARIABLE, port))
    try:
        # The user's, if anybody's: this package depends on nothing.
        debugger: Any = import_module("debugpy")
    except ImportError:
        message = "%s is set, but debugpy is not installed in the environment of the script"
        raise _refuse(message % VARIABLE) from None
    log.warning(logs.SERVER, "Waiting for the debugger at port %s: this is no way to serve" % port)
    try:
        debugger.connect(int(port))
        debugger.wait_for_client()
    except (OSError, RuntimeError) as error:
        raise _refuse("The debugger at port %s cannot be reached: %s" % (port, error)) from error


def _refuse(message: str) -> ScriptLoadError:
    return ScriptLoadError(LoadFailure("settings_invalid", message))
