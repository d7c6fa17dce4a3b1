"""The file that says which workspace a folder belongs to, in the forms of Azure ML SDK v1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.store.files import write_text
from brygga.store.rows import WorkspaceKey
from brygga.workspace_naming import key_of

# In this order, each up to the root of the file system before the next.
_PLACES = (
    ".azureml/config.json",
    ".azureml/project.json",
    "aml_config/config.json",
    "aml_config/project.json",
    "config.json",
    "project.json",
)
_LARGEST = 64 * 1024
_PROVIDER = "Microsoft.MachineLearningServices"
_SCOPE = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/"
    rf"{re.escape(_PROVIDER)}/workspaces/([^/]+)/?",
    re.IGNORECASE,
)
_ANEW = Hint.of("Write it anew with {}.", Action(Verb.WRITE_CONFIG))


def key_for(path: Path | None) -> WorkspaceKey | None:
    """Which workspace a file or folder belongs to; None where nothing says it for the current one.

    Raises:
        NotFoundError: `path` leads to no configuration.
        InvalidInputError: the file names no workspace.
    """
    start = path or Path.cwd()
    file = start if start.is_file() else find_config(start)
    if file is not None:
        return read_config(file)
    if path is None:
        return None
    folder = path if path.is_dir() else path.parent
    raise NotFoundError(
        "configuration",
        str(path),
        hint=Hint.of(
            "Write one there with {}.", Action(Verb.WRITE_CONFIG, {"folder": str(folder)})
        ),
    )


def find_config(start: Path) -> Path | None:
    """The configuration file of a folder or the nearest above it; None where there is none."""
    return next(_candidates(start), None)


def _candidates(start: Path) -> Iterator[Path]:
    start = start.absolute()
    for place in _PLACES:
        for folder in (start, *start.parents):
            if (folder / place).is_file():
                yield folder / place


def read_config(file: Path) -> WorkspaceKey:
    """Which workspace a configuration file names; both of v1's forms are understood.

    Raises:
        InvalidInputError: it cannot be read, or names none.
    """
    data = _read_object(file)
    scope = data.get("Scope")
    if isinstance(scope, str):
        match = _SCOPE.fullmatch(scope)
        if match is None:
            raise InvalidInputError(
                f"The Scope {scope!r} in {file} is none of v1's.",
                code=ErrorCode.CONFIGURATION_INVALID,
                hint=_ANEW,
            )
        values: list[object] = list(match.groups())
    else:
        values = [data.get(k) for k in ("subscription_id", "resource_group", "workspace_name")]
    subscription, group, name = values
    if not (isinstance(subscription, str) and isinstance(group, str) and isinstance(name, str)):
        raise InvalidInputError(
            f'{file} names no workspace: it has to have three texts, "subscription_id", '
            '"resource_group" and "workspace_name".',
            code=ErrorCode.CONFIGURATION_INVALID,
            hint=_ANEW,
        )
    return key_of(name, subscription, group)


def write_config(key: WorkspaceKey, folder: Path, file_name: str = "config.json") -> Path:
    """Writes v1's file into `.azureml` (or `aml_config`, where that is there); returns its path."""
    scope = (
        f"/subscriptions/{key.subscription_id}/resourceGroups/{key.resource_group}"
        f"/providers/{_PROVIDER}/workspaces/{key.name}"
    )
    old = folder / "aml_config"
    file = (old if old.is_dir() else folder / ".azureml") / file_name
    try:
        write_text(file, json.dumps({"Id": None, "Scope": scope}, indent=4), mode=None)
    except OSError as error:
        raise InvalidInputError(
            f"{file} cannot be written: {error.strerror}.",
            code=ErrorCode.CONFIGURATION_UNUSABLE,
            hint="Choose another folder.",
        ) from error
    return file


def _read_object(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise InvalidInputError(
            f"{file} cannot be read: {error.strerror}.",
            code=ErrorCode.CONFIGURATION_UNUSABLE,
            hint="Make it readable for you.",
        ) from error
    if len(content) > _LARGEST:
        raise InvalidInputError(
            f"{file} is larger than {_LARGEST} bytes.",
            code=ErrorCode.CONFIGURATION_UNUSABLE,
            hint=_ANEW,
        )
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InvalidInputError(
            f"{file} is not a JSON object.", code=ErrorCode.CONFIGURATION_INVALID, hint=_ANEW
        )
    return data
