"""`${NAME}` and `${NAME:-default}` in the texts of a project file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.project.document import KeyPath, ProjectText

_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_]\w*)(?P<or>:-(?P<default>[^}]*))?\}|\$\{")


def has_variable(value: object) -> bool:
    """Whether a value is known only where its variables are."""
    if isinstance(value, dict):
        return any(map(has_variable, value.values()))
    if isinstance(value, list):
        return any(map(has_variable, value))
    return isinstance(value, str) and "${" in value


def expanded(value: Any, path: KeyPath, document: ProjectText, environ: Mapping[str, str]) -> Any:
    """A value with its variables replaced; an empty variable is unset where there is a default.

    `$${` stands for `${` itself.

    Raises:
        InvalidInputError: a variable that is not set, or is not written as one.
    """
    if isinstance(value, dict):
        return {k: expanded(v, (*path, k), document, environ) for k, v in value.items()}
    if isinstance(value, list):
        return [expanded(each, path, document, environ) for each in value]
    if not isinstance(value, str):
        return value

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if found[0] == "$${":
            return "${"
        if name is None:
            raise document.wrong(
                path,
                f"{value!r} has a `${{` that is no variable.",
                hint="Write ${NAME} or ${NAME:-default}; $${ is the text itself.",
            )
        known = environ.get(name)
        if known or (known is not None and not found["or"]):
            return known
        if found["or"]:
            return str(found["default"])
        raise document.wrong(
            path,
            f"the variable {name} is not set.",
            hint=f"Set it, or write ${{{name}:-default}}.",
            code=ErrorCode.VARIABLE_NOT_SET,
            line=_line(document, path, found[0]),
        )

    return _VARIABLE.sub(replaced, value)


def _line(document: ProjectText, path: KeyPath, text: str) -> int | None:
    """Of a text: behind the key it belongs to, which may have several lines, or anywhere."""
    pattern = re.escape(text)
    return document.line_of(pattern, document.line(path)) or document.line_of(pattern, 1)
