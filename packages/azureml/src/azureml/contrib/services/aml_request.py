"""`AMLRequest` and `rawhttp`, for importing a script where no service runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["AMLRequest", "rawhttp"]


def rawhttp(func: Callable[P, R]) -> Callable[P, R]:
    """Marks a run() that takes the whole HTTP request."""
    func.__dict__["_rawhttp"] = True
    return func


class AMLRequest:
    """An HTTP request, as a test of a script can make one."""

    def __init__(
        self,
        method: str = "POST",
        data: bytes = b"",
        headers: dict[str, str] | None = None,
        path: str = "/score",
        query: str = "",
    ) -> None:
        self.method = method
        self.headers = dict(headers or {})
        self.path = path
        self.full_path = f"{path}?{query}" if query else path
        self.query_string = query.encode()
        self._data = data

    def get_data(self, as_text: bool = False) -> Any:
        """The body."""
        return self._data.decode() if as_text else self._data

    @property
    def data(self) -> bytes:
        """The body."""
        return self._data
