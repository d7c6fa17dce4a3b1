"""Finding and importing the user's script."""

import os
import sys
from types import ModuleType
from typing import Any, Callable, List, NamedTuple, Optional

from . import diagnosis, logs
from .config import Config
from .diagnosis import LoadFailure, ScriptLoadError

MODULE = "entry_module"
SCRIPT_VARIABLE = "BRYGGA_SCRIPT"
"""Names the script's file to processes that it starts."""


class Script(NamedTuple):
    """The two functions of a script."""

    init: Callable[[], Any]
    run: Callable[..., Any]
    file: str


def load(config: Config, log: logs.Log) -> Script:
    """Import the script that `config` names. Raises `ScriptLoadError`."""
    module = _import_entry(config) if config.place.entry_script else _import_main(config)
    file = getattr(module, "__file__", None) or MODULE
    init = _function(module, "init", file, config)
    run = _function(module, "run", file, config)
    # Scripts that the v1 SDK generated wrap the user's own module, and pass decorated arguments
    # wrongly: their init() has work to do, their run() is stepped over.
    inner = getattr(module, "driver_module", None)
    if isinstance(inner, ModuleType) and hasattr(inner, "run"):
        run = _function(inner, "run", inner.__file__ or MODULE, config)
        log.info(
            logs.SCRIPT,
            "Found driver script at %s and the score script at %s" % (file, inner.__file__),
        )
    else:
        log.info(logs.SCRIPT, "Found user script at %s" % file)
    return Script(init, run, file)


def load_in_child(name: str) -> None:
    """Load the script in a process that it has started; `name` is the module that asks for it."""
    from .shims import finder

    finder.install()
    _execute(os.environ[SCRIPT_VARIABLE], name)


def find(name: str) -> Any:
    """What the script has under a name. Raises `AttributeError`."""
    for module in (sys.modules.get(MODULE), sys.modules.get("main")):
        for place in (module, getattr(module, "driver_module", None)):
            if hasattr(place, name):
                return getattr(place, name)
    raise AttributeError("the script does not define %s" % name)


def _import_entry(config: Config) -> ModuleType:
    path = str(config.place.entry_script)
    name = os.path.relpath(path, config.place.app_root)
    _check_file(path, name)
    try:
        return _execute(path, MODULE)
    except _NoPythonFileError:
        raise ScriptLoadError(
            LoadFailure(
                "script_missing", "%s is not a Python file: its name must end in .py" % name
            )
        ) from None
    except BaseException as error:
        raise _import_failure(error, config) from error


class _NoPythonFileError(Exception):
    """Nothing would import a file of this name."""


def _execute(path: str, name: str) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _NoPythonFileError(path)
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their classes up by this name
    spec.loader.exec_module(module)
    return module


def _import_main(config: Config) -> ModuleType:
    from importlib import import_module

    if not os.path.isfile(os.path.join(config.place.app_root, "main.py")):
        _check_file(os.path.join(config.place.app_root, "main.py"), "main.py")
    try:
        return import_module("main")
    except BaseException as error:
        raise _import_failure(error, config) from error


def _check_file(path: str, name: str) -> None:
    if os.path.isfile(path):
        if os.access(path, os.R_OK):
            return
        raise ScriptLoadError(
            LoadFailure("script_missing", "The entry script %s cannot be read" % path)
        )
    folder = os.path.dirname(path)
    others = _scripts_in(folder)
    hint = " It holds: %s." % ", ".join(others) if others else " There is no Python file in it."
    if not os.path.isdir(folder):
        hint = " The folder does not exist."
    raise ScriptLoadError(
        LoadFailure("script_missing", "There is no entry script %s in %s.%s" % (name, folder, hint))
    )


def _scripts_in(folder: str) -> List[str]:
    try:
        return sorted(entry for entry in os.listdir(folder) if entry.endswith(".py"))[:10]
    except OSError:
        return []


def _import_failure(error: BaseException, config: Config) -> ScriptLoadError:
    if isinstance(error, SyntaxError):
        found = diagnosis.from_exception("script_syntax", error, config.place.app_root)
    else:
        found = diagnosis.from_exception("script_import", error, config.place.app_root)
    return ScriptLoadError(found)


def _function(module: ModuleType, name: str, file: str, config: Config) -> Callable[..., Any]:
    found: Optional[Any] = getattr(module, name, None)
    if callable(found):
        return found  # type: ignore[no-any-return]
    shown = os.path.relpath(file, config.place.app_root) if os.path.isabs(file) else file
    what = "init() that loads the model" if name == "init" else "run() that scores a request"
    if found is None:
        message = "%s has no function %s" % (shown, what)
    else:
        message = "%s of %s is a %s, and has to be a function" % (name, shown, type(found).__name__)
    raise ScriptLoadError(LoadFailure("script_contract", message, shown))
