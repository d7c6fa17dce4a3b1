"""The curl command that calls a service."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brygga.services import Service


def command_of(workspace: str | None) -> list[str]:
    """The words that each line to paste begins with, where `--workspace` said this."""
    return ["brygga", *(["--workspace", workspace] if workspace else [])]


def curl_lines(
    service: Service,
    *,
    key_file: str | None = None,
    body: str | None = None,
    workspace: str | None = None,
) -> list[str]:
    """The lines to paste: the one that saves the key, unless that is done, and curl itself.

    Args:
        key_file: Where the header with the key is saved; `NAME.key` when not given.
        body: The file that is sent; `input.json` when not given.
        workspace: What `--workspace` said.
    """
    command = ["curl", "-sS", "-H", "Content-Type: application/json"]
    lines = []
    if service.spec.auth:
        key_file = key_file or f"{service.name}.key"
        command += ["-H", f"@{key_file}"]
        if not Path(key_file).exists():
            keys = [*command_of(workspace), "service", "keys", service.name, "--save", key_file]
            lines.append(shlex.join(keys))
    command += ["--data-binary", f"@{body or 'input.json'}", str(service.scoring_uri)]
    return [*lines, shlex.join(command)]
