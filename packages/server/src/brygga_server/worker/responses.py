"""Results that are HTTP responses: `AMLResponse`, or one of the user's own Flask.

Both are known by their parts (`status_code`, `headers`, `get_data`); no class has to be imported.
"""

import json
import re
from typing import Any, Iterator, List, NamedTuple, Optional

from .encode import NotEncodableError

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Response(NamedTuple):
    """What the script has chosen."""

    status: int
    meta: bytes
    body: bytes
    stream: Optional[Iterator[Any]]  # further parts of the body


def is_response(value: Any) -> bool:
    """Whether run() returned a response rather than a result."""
    kind = type(value)
    return hasattr(kind, "get_data") and hasattr(value, "status_code") and hasattr(value, "headers")


def read(value: Any) -> Response:
    """The response's parts. A failed response says so in its header, as v1 does."""
    status = int(value.status_code)
    if not 200 <= status <= 999:
        raise NotEncodableError("run() answers with the status %d, which is no final one." % status)
    headers: List[List[str]] = [
        [str(name), str(content)]
        for name, content in value.headers.items()
        if name.lower() != "content-length"
    ]
    for name, content in headers:
        if not _NAME.match(name) or any(char in content for char in "\r\n\0"):
            raise NotEncodableError("run() answers with a header that HTTP forbids: %r." % name)
    if status >= 500:
        headers = [pair for pair in headers if pair[0].lower() != "x-ms-run-function-failed"]
        headers.append(["x-ms-run-function-failed", "True"])
    meta = json.dumps({"headers": headers}).encode()
    if getattr(value, "is_streamed", False):
        return Response(status, meta, b"", iter(value.response))
    return Response(status, meta, bytes(value.get_data()), None)
