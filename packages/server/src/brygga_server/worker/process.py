"""The process around the script: environment, paths, streams, signals, forks."""

import faulthandler
import gc
import os
import signal
import sys
from typing import Any, Callable, Dict

from . import logs
from .config import Config
from .diagnosis import LoadFailure, ScriptLoadError
from .script import SCRIPT_VARIABLE
from .shims import finder

_PR_SET_PDEATHSIG = 1
_CHILDREN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "children")


def prepare(config: Config, log: logs.Log) -> logs.LogStream:
    """Make this process what a script expects; the stream in the place of stdout is returned.

    Raises `ScriptLoadError` where the folders of `config` cannot be used.
    """
    try:
        os.chdir(config.place.app_root)
        os.environ.update(config.environment)
        os.environ.update(_secrets(config))
        os.environ.update(config.place.names)
        _set_script(config)
    except (OSError, ValueError) as error:
        message = "The worker cannot be set up: %s" % error
        raise ScriptLoadError(LoadFailure("settings_invalid", message)) from error
    sys.path[:] = [*config.place.paths, *sys.path, _CHILDREN]
    finder.install()
    # A crash in C code leaves the Python stack in the log.
    faulthandler.enable(2)
    log.follow(config.place.logging_files)
    return logs.capture(log)


def settle() -> None:
    """After init(): what it made lives as long as the worker, the collector need not visit it."""
    gc.collect()
    gc.freeze()


def die_with_parent() -> None:
    """Have the kernel end this process when the front dies, also when run() never returns."""
    try:
        import ctypes

        libc: Any = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return  # then the end of the socket has to do


def in_forked_children(act: Callable[[], None]) -> None:
    """Have `act` called in every child that user code forks: it must not act as a worker."""
    os.register_at_fork(after_in_child=act)


def around_forks(before: Callable[[], None], after: Callable[[], None]) -> None:
    """Have `before` called whenever user code is about to fork, `after` in parent and child."""
    os.register_at_fork(before=before, after_in_parent=after, after_in_child=after)


def _secrets(config: Config) -> Dict[str, str]:
    found = {}
    folder = config.place.secrets_dir
    if folder:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            # Mounted secrets are symlinks into a hidden folder, which lies beside them.
            if not name.startswith(".") and os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    found[name] = file.read()
    return found


def _set_script(config: Config) -> None:
    """What the script takes for its own command line, and where processes it starts find it."""
    path = config.place.entry_script or os.path.join(config.place.app_root, "main.py")
    sys.argv[:] = [path]
    os.environ[SCRIPT_VARIABLE] = path
