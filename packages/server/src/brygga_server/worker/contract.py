"""What a script's run() takes, read from its signature and its decorators."""

import inspect
import os
import platform
import sys
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import logs, schema
from .config import BatchLimits, Config
from .diagnosis import LoadFailure, ScriptLoadError
from .script import Script

HEADERS = "request_headers"
TEXT, OBJECT, RAW = "text", "object", "raw"
MISSING = inspect.Parameter.empty
_BATCH_ATTRIBUTE = "__brygga_batch__"

# Where the mark of @rawhttp lies, whichever module it came from.
_RAW_MODULES = (
    "azureml.contrib.services.aml_request",
    "azureml_inference_server_http.api.aml_request",
)


class BatchOptions(NamedTuple):
    """Requests may be joined along the rows of `parameter`."""

    parameter: str
    max_rows: int
    max_wait_ms: float


class Contract(NamedTuple):
    """How to call run()."""

    takes_input: str  # TEXT, OBJECT or RAW
    names: Tuple[str, ...]  # of the input parameters
    defaults: Dict[str, Any]
    wants_headers: bool
    parameters: Tuple[schema.Parameter, ...] = ()
    batch: Optional[BatchOptions] = None

    def to_dict(self) -> Dict[str, Any]:
        """The part of READY that describes run()."""
        return {
            "decorated": self.takes_input == OBJECT,
            "raw": self.takes_input == RAW,
            "wants_headers": self.wants_headers,
            "takes_input": self.takes_input,
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "batch": self.batch._asdict() if self.batch else None,
        }


def read(script: Script, config: Config, log: logs.Log) -> Contract:
    """The contract of a loaded script; `ScriptLoadError` where nobody could call its run()."""
    run = script.run
    parameters = _signature(script, config)
    wants_headers = any(parameter.name == HEADERS for parameter in parameters)
    inputs = [parameter for parameter in parameters if parameter.name != HEADERS]
    if not inputs:
        other = ' other than "%s"' % HEADERS if wants_headers else " for the input"
        raise _refuse(script, config, "run() needs an argument%s" % other)
    raw, decorated = _is_raw(), schema.is_decorated(run)
    if raw and decorated:
        raise _refuse(script, config, "run() cannot have both @rawhttp and @input_schema")
    if not decorated:
        _check_single(script, config, inputs)
        inputs = inputs[:1]
    takes_input = RAW if raw else OBJECT if decorated else TEXT
    names = tuple(parameter.name for parameter in inputs)
    _announce(log, takes_input, names)
    described = schema.parameters(run, names) if decorated else ()
    return Contract(
        takes_input,
        names,
        {parameter.name: parameter.default for parameter in inputs},
        wants_headers,
        described,
        _batch(script, config, described, wants_headers),
    )


def runtime(init_ms: float) -> Dict[str, Any]:
    """The part of READY that describes this process."""
    numpy = sys.modules.get("numpy")
    return {
        "pid": os.getpid(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "init_ms": init_ms,
        "numpy": getattr(numpy, "__version__", None),
    }


def _signature(script: Script, config: Config) -> List[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(script.run).parameters.values())
    except (TypeError, ValueError) as error:
        raise _refuse(script, config, "run() has no signature to read: %s" % error) from error
    shown = {
        inspect.Parameter.VAR_POSITIONAL: "*args",
        inspect.Parameter.VAR_KEYWORD: "**kwargs",
        inspect.Parameter.POSITIONAL_ONLY: "positional-only arguments",
    }
    for parameter in parameters:
        if parameter.kind in shown:
            message = "run() cannot take %s (%s): every argument has to be named"
            raise _refuse(script, config, message % (shown[parameter.kind], parameter.name))
    return parameters


def _check_single(script: Script, config: Config, inputs: List[inspect.Parameter]) -> None:
    """An undecorated run() is called with one argument; v1 finds out at the first request."""
    needed = [parameter.name for parameter in inputs[1:] if parameter.default is MISSING]
    if needed and not config.v1:
        message = "run() without @input_schema is called with one argument, %s cannot be filled: "
        message += "give it a default, or decorate run()"
        raise _refuse(script, config, message % ", ".join(needed))


def _is_raw() -> bool:
    return any(getattr(sys.modules.get(name), "_rawHttpRequested", False) for name in _RAW_MODULES)


def _batch(
    script: Script,
    config: Config,
    parameters: Tuple[schema.Parameter, ...],
    wants_headers: bool,
) -> Optional[BatchOptions]:
    declared: Any = getattr(script.run, _BATCH_ATTRIBUTE, None)
    if declared is None and config.batch is None:
        return None
    arrays = [parameter.name for parameter in parameters if parameter.kind == "numpy"]
    if len(arrays) == 1 and not wants_headers:
        limits = config.batch or BatchLimits(declared[0], declared[1])
        return BatchOptions(arrays[0], limits.max_rows, limits.max_wait_ms)
    if declared is None:
        return None
    if wants_headers:
        message = "run() is declared @batched and takes %s, which each request has of its own"
        raise _refuse(script, config, message % HEADERS)
    message = "run() is declared @batched, which needs exactly one argument with "
    message += (
        "@input_schema(name, NumpyParameterType(...)) that enforces type and shape; it has %d"
    )
    raise _refuse(script, config, message % len(arrays))


def _announce(log: logs.Log, takes_input: str, names: Tuple[str, ...]) -> None:
    if takes_input == RAW:
        text = (
            "run() is decorated with @rawhttp. Server will invoke it with the flask request object."
        )
    elif takes_input == OBJECT:
        text = "run() is decorated with @input_schema. Server will invoke it with the following "
        text += "arguments: %s." % ", ".join(names)
    else:
        text = "run() is not decorated. Server will invoke it with the input in JSON string."
    log.info(logs.SCRIPT, text)


def _refuse(script: Script, config: Config, message: str) -> ScriptLoadError:
    file, line = _where(script.run)
    if file and file.startswith(os.path.join(config.place.app_root, "")):
        file = os.path.relpath(file, config.place.app_root)
    return ScriptLoadError(LoadFailure("script_contract", message, file or script.file, line))


def _where(run: Callable[..., Any]) -> Tuple[Optional[str], Optional[int]]:
    code = getattr(inspect.unwrap(run), "__code__", None)
    if code is None:
        return None, None
    return code.co_filename, code.co_firstlineno
