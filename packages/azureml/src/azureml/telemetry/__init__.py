"""What sent data about the use of the SDK to its maker. Nothing is sent from here."""

from __future__ import annotations

import logging
from typing import Any

from azureml.exceptions import UserErrorException

__all__ = ["UserErrorException", "set_diagnostics_collection"]


def set_diagnostics_collection(
    send_diagnostics: bool = True,
    verbosity: int = logging.INFO,
    reason: str = "",
    path: Any = None,
) -> None:
    """Does nothing: there is nobody to send to, whatever is asked for."""
