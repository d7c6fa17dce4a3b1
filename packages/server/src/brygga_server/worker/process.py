"""The process around the script: environment, paths, streams, signals, forks."""

import faulthandler
import gc
import os
import resource
import signal
import sys
from typing import Any, Callable, Dict, List

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
        _restore_open_files(config)
        os.chdir(config.app_root)
        os.environ.update(config.environment)
        os.environ.update(_secrets(config))
        os.environ.update(_names(config))
        _set_script(config)
    except (OSError, ValueError) as error:
        message = "The worker cannot be set up: %s" % error
        raise ScriptLoadError(LoadFailure("settings_invalid", message)) from error
    sys.path[:] = [*_paths(config), *sys.path, _CHILDREN]
    finder.install()
    # A crash in C code leaves the Python stack in the log.
    faulthandler.enable(2)
    log.follow(_logging_files(config))
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


def _restore_open_files(config: Config) -> None:
    """The front raises its soft limit; select() in user code fails beyond 1024 descriptors."""
    if config.open_files is not None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (config.open_files, hard))


def _secrets(config: Config) -> Dict[str, str]:
    found = {}
    folder = config.secrets_dir
    if folder:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            # Mounted secrets are symlinks into a hidden folder, which lies beside them.
            if not name.startswith(".") and os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    found[name] = file.read()
    return found


def _names(config: Config) -> Dict[str, str]:
    names = {
        "AML_APP_ROOT": config.app_root,
        "AZUREML_MODEL_DIR": config.model_dir,
        "AZUREML_ENTRY_SCRIPT": config.entry_script,
        "AZUREML_SOURCE_DIRECTORY": config.source_directory,
    }
    return {name: value for name, value in names.items() if value}


def _set_script(config: Config) -> None:
    """What the script takes for its own command line, and where processes it starts find it."""
    path = os.path.join(config.app_root, config.entry_script or "main.py")
    sys.argv[:] = [path]
    os.environ[SCRIPT_VARIABLE] = path


def _logging_files(config: Config) -> List[str]:
    """Where a script's own configuration of `logging` may lie."""
    folders = [config.app_root]
    if config.entry_script:
        folders.append(os.path.dirname(os.path.join(config.app_root, config.entry_script)))
    return [os.path.join(folder, "logging.json") for folder in folders]


def _paths(config: Config) -> List[str]:
    """Where the script's own modules are, before anything that is installed."""
    folders = []
    if config.entry_script:
        folders.append(os.path.dirname(os.path.join(config.app_root, config.entry_script)))
    if config.source_directory:
        folders.append(os.path.join(config.app_root, config.source_directory))
    folders.append(config.app_root)
    unique: List[str] = []
    for folder in (os.path.normpath(folder) for folder in folders):
        if folder not in unique:
            unique.append(folder)
    return unique
