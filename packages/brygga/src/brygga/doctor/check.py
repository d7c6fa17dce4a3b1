"""What a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from brygga.findings import CheckResult

if TYPE_CHECKING:
    from brygga.workspace import Workspace

OpenWorkspace = Callable[[], "Workspace"]
"""Opens the workspace that is asked about; few checks need it."""
Check = Callable[[OpenWorkspace], Iterator[CheckResult]]
