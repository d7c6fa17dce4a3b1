"""A script that is ready to be called: loaded, understood, its init() done."""

import os
from itertools import islice
from time import perf_counter
from typing import Any, Dict, Iterator, Optional

from . import asynchronous, contract, diagnosis, logs, script, swagger
from .config import Config
from .diagnosis import ScriptLoadError
from .read_ahead import ReadAhead
from .script import Script

_TREE_LINES = 200


class LoadedScript:
    """Everything that is known of a script after its init()."""

    def __init__(self, config: Config, log: logs.Log) -> None:
        """Load the script and run its init(); a failure is logged and a `ScriptLoadError`."""
        self.config = config
        self.log = log
        if config.v1:
            log.info(logs.SERVER, "Starting up app insights client")
            models = config.place.model_dir or ""
            if not os.path.isdir(models):
                text = "Model directory is not set or does not exist: %s" % models
                log.warning(logs.TRACE, text)
        try:
            self.script = script.load(config, log)
            self.contract = contract.read(self.script, config, log)
        except ScriptLoadError as error:
            found = error.diagnosis
            log.error(logs.SERVER, (found.traceback or found.message).rstrip())
            raise
        self.init_ms = _run_init(self.script, config, log)
        self.ahead = _read_ahead(self.contract, config)
        self.swagger = swagger.documents(self.script.run, config, log)

    def ready(self) -> Dict[str, Any]:
        """The contract that READY carries."""
        runtime = contract.runtime(self.init_ms)
        return dict(runtime, swagger=self.swagger, **self.contract.to_dict())


def _read_ahead(found: contract.Contract, config: Config) -> Optional[ReadAhead]:
    """What spares the script from parsing its texts; None where it is not given texts."""
    if found.takes_input != contract.TEXT or not config.read_ahead:
        return None
    ahead = ReadAhead()
    return ahead if ahead.install() else None


def _run_init(loaded: Script, config: Config, log: logs.Log) -> float:
    log.info(logs.SCRIPT, "Invoking user's init function")
    started = perf_counter()
    try:
        result = loaded.init()
        if asynchronous.is_awaitable(result):
            asynchronous.complete(result)
    except BaseException as error:
        found = diagnosis.from_exception("init_raised", error, config.place.app_root)
        log.error(logs.SERVER, "User's init function failed")
        log.error(logs.SERVER, "Encountered Exception %s" % (found.traceback or "").rstrip())
        _log_model_folder(config, log)
        raise ScriptLoadError(found) from error
    took = (perf_counter() - started) * 1000
    # The spelling is v1's; people search their logs for it.
    log.info(logs.SCRIPT, "Users's init has completed successfully")
    return took


def _log_model_folder(config: Config, log: logs.Log) -> None:
    """Most init() failures are a model file that is not where it was looked for."""
    if not config.place.model_dir or not os.path.exists(config.place.model_dir):
        return
    log.info(logs.SERVER, "Model Directory Contents:")
    lines = _tree(os.path.normpath(config.place.model_dir), 0)
    for line in islice(lines, _TREE_LINES):
        log.info(logs.SERVER, line)
    if next(lines, None) is not None:
        log.info(logs.SERVER, "Output Truncated. First %d lines shown." % _TREE_LINES)


def _tree(path: str, depth: int) -> Iterator[str]:
    indent = "    " * depth
    if not os.path.isdir(path):
        yield indent + os.path.basename(path)
        return
    yield indent + os.path.basename(path) + os.sep
    for entry in sorted(os.listdir(path)):
        for line in _tree(os.path.join(path, entry), depth + 1):
            yield line
