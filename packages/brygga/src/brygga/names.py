"""Which names and texts are allowed.

The rules for services and models are those of Azure ML SDK v1, so that whatever could be named
there can be named here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, InvalidNameError

_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SERVICE_LENGTH = range(3, 33)
_SERVICE_RULE = (
    "It has 3 to 32 lowercase letters, digits and dashes, begins with a letter and does not end "
    "with a dash."
)
_MODEL = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")
_MODEL_RULE = (
    "It has at most 255 letters, digits, dashes, dots and underscores, and begins with a letter or "
    "digit."
)
_WORKSPACE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{1,32}")
_WORKSPACE_RULE = (
    "It has 2 to 33 letters, digits, dashes and underscores, and begins with a letter or digit."
)
_GROUP = re.compile(r"[\w\-.()]{1,90}")
_GROUP_RULE = "It has at most 90 letters, digits, dashes, dots, underscores and parentheses."

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")

# What would break a line of a listing, or a terminal: C0, C1 and the separators of lines.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_LONGEST_KEY = 255
_LONGEST_TEXT = 64 * 1024


def check_service_name(name: str) -> str:
    """Returns the name of a service.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if len(name) not in _SERVICE_LENGTH or not _SERVICE.fullmatch(name):
        raise InvalidNameError("service", name, _SERVICE_RULE)
    return name


def check_model_name(name: str) -> str:
    """Returns the name of a model.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if not _MODEL.fullmatch(name):
        raise InvalidNameError("model", name, _MODEL_RULE)
    return name


def check_image_name(name: str) -> str:
    """Returns the name of an image; the rule is that of models.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if not _MODEL.fullmatch(name):
        raise InvalidNameError("image", name, _MODEL_RULE)
    return name


def check_environment_name(name: str) -> str:
    """Returns the name of an environment; the rule is that of models.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if not _MODEL.fullmatch(name):
        raise InvalidNameError("environment", name, _MODEL_RULE)
    return name


def check_workspace_name(name: str) -> str:
    """Returns the name of a workspace.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if not _WORKSPACE.fullmatch(name):
        raise InvalidNameError("workspace", name, _WORKSPACE_RULE)
    return name


def check_group_name(kind: Literal["subscription", "resource group"], name: str) -> str:
    """Returns the name of a subscription or a resource group; `kind` says which.

    Raises:
        InvalidNameError: it breaks the rule.
    """
    if not _GROUP.fullmatch(name):
        raise InvalidNameError(kind, name, _GROUP_RULE)
    return name


def has_control_characters(text: str) -> bool:
    """Whether a text has characters that are no part of a name people read."""
    return _CONTROL.search(text) is not None


def check_text(what: str, text: str) -> str:
    """Returns a text that people wrote, lines and all; `what` names it.

    Raises:
        InvalidInputError: no database would take it, or it is beyond any use.
    """
    if not isinstance(text, str):
        raise InvalidInputError(
            f"{what} is {text!r}.", code=ErrorCode.TEXT_INVALID, hint="Give a text."
        )
    if _NOT_TEXT.search(text):
        raise InvalidInputError(
            f"{what} has a character that is no text.",
            code=ErrorCode.TEXT_INVALID,
            hint="Leave it out.",
        )
    if len(text) > _LONGEST_TEXT:
        raise InvalidInputError(
            f"{what} has {len(text)} characters.",
            code=ErrorCode.TEXT_INVALID,
            hint=f"At most {_LONGEST_TEXT} are kept.",
        )
    return text


def check_variables(what: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Returns environment variables or secrets; `what` says which.

    Their names are those of files as well, so that none may lead elsewhere.

    Raises:
        InvalidInputError: a name no variable can have, or a value that is no text.
    """
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(str(name)):
            raise InvalidInputError(
                f"{name!r} is not a name for {what}.",
                code=ErrorCode.VARIABLE_INVALID,
                hint="Give letters, digits and underscores; the first is no digit.",
            )
        # Without the value, which may be a secret.
        if not isinstance(value, str):
            raise InvalidInputError(
                f"The value of {what} {name!r} is of type {type(value).__name__}, and has to be "
                "a text.",
                code=ErrorCode.VARIABLE_INVALID,
                hint="Write it as a text: '1' for the number 1.",
            )
        if _NOT_TEXT.search(value):
            raise InvalidInputError(
                f"The value of {what} {name!r} is no text.",
                code=ErrorCode.VARIABLE_INVALID,
                hint="Give a text without NUL.",
            )
    return dict(variables)


def check_pairs(what: str, pairs: Mapping[str, str]) -> dict[str, str]:
    """Returns tags or properties; `what` says which.

    Raises:
        InvalidInputError: a key that no filter could ask for, or a value that is not text.
    """
    for key, value in pairs.items():
        check_text(f"A key of a {what}", key)
        if not 0 < len(key) <= _LONGEST_KEY or "=" in key or has_control_characters(key):
            raise InvalidInputError(
                f"{key!r} is not a key for a {what}.",
                code=ErrorCode.TAG_KEY_INVALID,
                hint=f"Give 1 to {_LONGEST_KEY} characters, no equals sign or control character.",
            )
        check_text(f"The {what} {key!r}", value)
    return dict(pairs)
