"""A `logging.json` of v1, as far as the front can follow it without running code of the user's."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

_KNOWN_FORMATTERS = (None, "logging.Formatter")
_AML_FORMATTER = "azureml_inference_server_http.log_config.AMLLogFormatter"
_AML_FORMAT = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"


class LoggingConfig:
    """Level and format of each logger that the file names; others are as they always are.

    Handlers are not looked at beyond their formatter: where the front's lines go is decided by
    whoever started it.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        """Reads the content.

        Raises:
            ValueError: It is no configuration of `logging`.
        """
        self._loggers = {**_part(content, "loggers"), "": _part(content, "root")}
        self._handlers = _part(content, "handlers")
        for part in (self._loggers, self._handlers):
            for name in part:
                _part(part, name)
        self._formatters = {
            name: _formatter(described) for name, described in _part(content, "formatters").items()
        }

    @classmethod
    def find(cls, files: list[str]) -> LoggingConfig | None:
        """The first of the files that is there.

        Raises:
            ValueError: It cannot be used, and why.
        """
        for path in files:
            try:
                return cls(json.loads(Path(path).read_bytes()))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                raise ValueError(f"{path} is not used: {error}") from error
        return None

    def line(self, level: str, name: str, text: str) -> str | None:
        """The line of a record, empty where it is below the level; None: as always."""
        logger = self._logger(name)
        number = logging.getLevelNamesMapping()[level.upper()]
        if number < _level(logger.get("level", "NOTSET")):
            return ""
        handlers = logger.get("handlers")
        for handler in handlers if isinstance(handlers, list) else ():
            named = _part(self._handlers, str(handler)).get("formatter")
            formatter = self._formatters.get(str(named))
            if formatter is not None:
                return formatter.format(_record(number, name, text)) + "\n"
        return None

    def _logger(self, name: str) -> dict[str, Any]:
        while name and name not in self._loggers:
            name = name.rpartition(".")[0]
        return _part(self._loggers, name)


def _formatter(described: object) -> logging.Formatter | None:
    if not isinstance(described, dict):
        raise ValueError("a formatter is not an object")
    kind = described.get("class", described.get("()"))
    if kind not in (*_KNOWN_FORMATTERS, _AML_FORMATTER):
        return None
    default = _AML_FORMAT if kind == _AML_FORMATTER else None
    form = described.get("format", described.get("fmt", default))
    try:
        made = logging.Formatter(form, described.get("datefmt"), described.get("style", "%"))
        made.format(_record(logging.INFO, "azmlinfsrv", "a first try"))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"the format {form!r} cannot be used: {error}") from error
    if kind == _AML_FORMATTER:
        made.converter = time.gmtime
    return made


def _record(level: int, name: str, text: str) -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, text, None, None)


def _part(content: object, name: str) -> dict[str, Any]:
    found = content.get(name, {}) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"{name or 'root'} is not an object")
    return found


def _level(raw: object) -> int:
    if isinstance(raw, int):
        return raw
    return logging.getLevelNamesMapping().get(str(raw).upper(), logging.NOTSET)
