"""Where a workspace keeps what goes into a backup."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """Files and folders of a workspace, beside its rows and blobs.

    Attributes:
        home: What workspaces share is in it: wheels and servers.
        secrets: Keys and secrets of services, and `vault`, those of the workspace.
        data: Files that people and scripts put beside it.
    """

    home: Path
    secrets: Path
    vault: Path
    data: Path
