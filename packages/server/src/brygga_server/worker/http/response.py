"""The response that a script may return in the place of a result."""

import json
from typing import Any, Dict, Iterable, Optional

from .headers import Headers

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"


class AMLResponse:
    """Status, headers and body of the script's own choice.

    Args:
        message: text or bytes, an iterable of them (streamed), or with `json_str` anything that
        JSON has.
            None is an empty JSON object.
        status_code: the HTTP status, a number or a line that begins with it.
        response_headers: a comma in a value makes repeated headers, as v1 has it.
        json_str: encode `message` as JSON.
        run_function_failed: what `x-ms-run-function-failed` says; from status 500 on it always
        says True.
    """

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Optional[Dict[str, str]] = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        self.status_code = _number(status_code)
        self.response: Iterable[Any]
        given = response_headers or {}
        if message is None:
            self._set("{}", _JSON)
        elif json_str:
            self._set(json.dumps(message), _JSON)
        else:
            self._set(message, _HTML)
        # v1 knows one spelling, and sends two types with another; one is enough.
        if any(name.lower() == "content-type" for name in given):
            self.headers.remove("Content-Type")
        self.headers["x-ms-run-function-failed"] = str(run_function_failed)
        for name, value in given.items():
            for part in value.split(","):
                self.headers.add(name, part.strip())

    def _set(self, content: Any, kind: str) -> None:
        self.headers = Headers([("Content-Type", kind)])
        if isinstance(content, (str, bytes, bytearray)):
            self.set_data(content)
        else:
            iter(content)  # what cannot be iterated is an error here, where the script's line shows
            self.response = content

    @property
    def is_streamed(self) -> bool:
        """Whether the body comes from an iterator of unknown length."""
        return not isinstance(self.response, (list, tuple))

    @property
    def data(self) -> bytes:
        """The body."""
        return bytes(self.get_data())

    def get_data(self, as_text: bool = False) -> Any:
        """The body, as bytes or text; runs an iterator to its end."""
        parts = [part.encode() if isinstance(part, str) else bytes(part) for part in self.response]
        body = b"".join(parts)
        self.response = [body]
        return body.decode("utf-8", "replace") if as_text else body

    def set_data(self, content: Any) -> None:
        """Another body."""
        self.response = [content.encode() if isinstance(content, str) else bytes(content)]

    @property
    def content_type(self) -> Optional[str]:
        """The Content-Type."""
        found: Optional[str] = self.headers.get("Content-Type")
        return found

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["Content-Type"] = value

    mimetype = content_type


def _number(status: Any) -> int:
    """202 of `"202 Accepted"`."""
    return int(status.split(None, 1)[0]) if isinstance(status, str) else int(status)
