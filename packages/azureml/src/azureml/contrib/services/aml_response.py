"""`AMLResponse`, for importing a script where no service runs it."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["AMLResponse"]


class AMLResponse:
    """Status, headers and body of the script's own choice."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: dict[str, str] | None = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        self.status_code = status_code
        self.headers = dict(response_headers or {})
        self.run_function_failed = run_function_failed or status_code >= 500
        text = "{}" if message is None else message
        as_json = json_str or isinstance(text, dict)
        self.data = json.dumps(text).encode() if as_json else _bytes(text)


def _bytes(message: Any) -> bytes:
    return message if isinstance(message, bytes) else str(message).encode()
