"""`AMLRequest` and the mark of scripts that want the whole HTTP request."""

from typing import Any, Callable, TypeVar

from _brygga_worker.http.request import AMLRequest

__all__ = ["AMLRequest", "rawhttp"]

Run = TypeVar("Run", bound=Callable[..., Any])

# v1's own name for it; one mark in a process switches the mode.
_rawHttpRequested = False  # noqa: N816


def rawhttp(func: Run) -> Run:
    """Give run() the HTTP request, and let it answer with an `AMLResponse`."""
    global _rawHttpRequested  # noqa: PLW0603
    _rawHttpRequested = True
    return func
