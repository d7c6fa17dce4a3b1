"""`AMLResponse`: status, headers and body of the script's own choice."""

from _brygga_worker.http.response import AMLResponse

__all__ = ["AMLResponse"]
