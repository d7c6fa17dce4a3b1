"""What the event loop complains of goes to the service's own log, which never blocks."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable

Note = Callable[[str, str], None]


def listen_to_complaints(loop: asyncio.AbstractEventLoop, note: Note) -> None:
    """Sends exceptions that nobody caught, and the loop's warnings, to `note`.

    By default both go to stderr and wait for its reader: a log that nobody reads would stop the
    front.
    """

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        text = str(context.get("message", "An exception that nobody caught"))
        error = context.get("exception")
        if isinstance(error, BaseException):
            text += "\n" + "".join(traceback.format_exception(error)).rstrip()
        note(text, "error")

    loop.set_exception_handler(handle)
    logger = logging.getLogger("asyncio")
    logger.propagate = False
    logger.handlers = [_Handler(note)]


class _Handler(logging.Handler):
    def __init__(self, note: Note) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        self._note(record.getMessage(), record.levelname.lower())
