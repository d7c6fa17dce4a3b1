"""The formatter and the filter that a `logging.json` of v1 names."""

import logging
import time
from typing import Optional


class AMLLogFormatter(logging.Formatter):
    """v1's line, in UTC."""

    def __init__(
        self,
        fmt: str = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s",
        datefmt: Optional[str] = None,
        style: str = "%",
    ) -> None:
        super().__init__(fmt, datefmt, style)  # type: ignore[arg-type]
        self.converter = time.gmtime


class RootAccessFilter(logging.Filter):
    """Leaves the probes of `GET /` out of the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is something else than a probe."""
        return "GET / HTTP/1.1" not in record.getMessage()
