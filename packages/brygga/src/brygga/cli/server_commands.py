"""`brygga-server` and `azmlinfsrv`, where only Brygga is installed: the server that it carries.

It runs in an environment of its own, and the script in the one that the command was called from.
The distribution of the server has commands of the same names. Whichever of them lies on the disk,
they do the same: a server that is installed beside Brygga is the one that runs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

_START = "import sys; from {module} import main; sys.exit(main(sys.argv[2:], python=sys.argv[1]))"


def brygga_server() -> int:
    """The command `brygga-server`; its exit code."""
    return _run("brygga_server.cli")


def azmlinfsrv() -> int:
    """The command `azmlinfsrv`; its exit code."""
    return _run("brygga_server.azmlinfsrv")


def _run(module: str) -> int:
    if find_spec("brygga_server") is not None:
        return int(import_module(module).main())
    from brygga.cli.failure import FAILED, report
    from brygga.errors import BryggaError

    try:
        python = _realised()
    except BryggaError as error:
        report(error, debug=False)
        return FAILED
    # Without what the caller's environment says of packages: that is for the script.
    command = [python, "-I", "-c", _START.format(module=module), sys.executable, *sys.argv[1:]]
    sys.stdout.flush()
    return os.execv(python, command)  # noqa: S606 - ours


def _realised() -> str:
    """The interpreter of the server, which is installed the first time.

    Raises:
        BryggaError: that failed.
    """
    from brygga.cli.progress import shown_progress
    from brygga.environments import Interpreters, Realiser
    from brygga.environments.server import realise_server
    from brygga.settings import Settings

    settings = Settings.from_environment()
    interpreters = Interpreters(settings.home, downloads=settings.python_downloads)
    with shown_progress() as progress:
        realised = realise_server(
            settings.home, Realiser(settings.home, interpreters), progress=progress
        )
    return str(realised.python)
