"""The curl command that calls a service."""

from __future__ import annotations

import contextlib
import json
import mimetypes
import shlex
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from brygga.errors import BryggaError
from brygga.project.document import shown

if TYPE_CHECKING:
    from brygga.services import Service


UNKNOWN = "input.json"
"""What is sent where nobody says what; it has to be written first."""
UNKNOWN_RAW = "input.bin"
"""The same, where run() takes requests as they are."""
_JSON = "application/json"
_BYTES = "application/octet-stream"
_MOST_NUMBERS = 50  # of what is written into a command line


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
        body: The file that is sent; when not given, the sample input of the project file here, or
            what run() declares, written out, or else `input.json`.
        workspace: What `--workspace` said.
    """
    body = body or _sample_of(service.name)
    contract = {} if body else service.contract()
    example = None if body else _example(contract)
    raw = contract.get("takes_input") == "raw"
    body = body or (UNKNOWN_RAW if raw else UNKNOWN)
    kind = mimetypes.guess_type(body)[0] or (_BYTES if raw else _JSON)
    command = ["curl", "-sS", "-H", f"Content-Type: {kind}"]
    lines = []
    if service.spec.auth:
        key_file = key_file or f"{service.name}.key"
        command += ["-H", f"@{key_file}"]
        if not Path(key_file).exists():
            keys = [*command_of(workspace), "service", "keys", service.name, "--save", key_file]
            lines.append(shlex.join(keys))
    sent = ["--data-binary", f"@{body}"] if example is None else ["--data", example]
    command += [*sent, str(service.scoring_uri)]
    return [*lines, shlex.join(command)]


def _sample_of(service: str) -> str | None:
    """The sample input that the project file here names for a service."""
    with contextlib.suppress(BryggaError):  # one that cannot be read speaks of nothing
        from brygga.project import Project

        project = Project.find()
        for name in () if project is None else project.names:
            described = project.service(name)  # type: ignore[union-attr]
            if described.name == service and described.sample_input is not None:
                return shown(described.sample_input)
    return None


def _example(contract: Mapping[str, object]) -> str | None:
    """A body of zeros for a run() that declares arrays; None where that does not say enough."""
    parameters = contract.get("parameters")
    if contract.get("takes_input") != "object" or not isinstance(parameters, list):
        return None
    found = {}
    for each in (each for each in parameters if not each.get("optional")):
        if each.get("kind") != "numpy":
            return None
        sizes = [size or 1 for size in each["shape"]]
        if prod(sizes) > _MOST_NUMBERS:
            return None
        number: object = 0.0 if "f" in str(each.get("dtype")) else 0
        for size in reversed(sizes):
            number = [number] * size
        found[str(each["name"])] = number
    return json.dumps(found) if found else None
