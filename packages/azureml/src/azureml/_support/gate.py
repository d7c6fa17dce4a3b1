"""Lets the rows of the table take effect where a member is called.

`@refused` raises the member's row. `@checked` looks at what is passed: a parameter with a row is
refused or warned about when it is given anything but its default.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

from azureml._support.table import PARAMETERS, REFUSED, Row, Verdict
from azureml.exceptions import UserErrorException

P = ParamSpec("P")
R = TypeVar("R")

_logger = logging.getLogger("azureml")


def say(line: str) -> None:
    """One line of warning; `logging.getLogger("azureml").setLevel("ERROR")` turns them off."""
    _logger.warning(line)


def refuse(row: Row) -> NoReturn:
    """Raises what the row says."""
    raise UserErrorException(f"{row.member} is not supported by Brygga. {row.text}")


def refused(function: Callable[P, R]) -> Callable[P, R]:
    """For a member that has a row among the refused; its body never runs."""
    row = REFUSED[function.__qualname__.removesuffix(".__init__")]

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse(row)

    return call


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """For a member with rows for some of its parameters."""
    rows = PARAMETERS[function.__qualname__.removesuffix(".__init__")]
    signature = inspect.signature(function)
    # A row may be about one of the keywords that `**kwargs` takes.
    defaults = {
        name: signature.parameters[name].default if name in signature.parameters else None
        for name in rows
    }

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = {**kwargs, **signature.bind(*args, **kwargs).arguments}
        for name, row in rows.items():
            # v1 passed None and False around for "not asked for".
            if name not in given or given[name] in (defaults[name], None, False):
                continue
            if row.verdict is Verdict.REFUSED:
                refuse(row)
            say(f"{row.member}: {row.text}")
        return function(*args, **kwargs)

    return call
