"""Options that several commands share, handed to each as one object."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Command = Callable[..., None]


def option_group(
    command: Command,
    keyword: str,
    kind: type[DataclassInstance],
    options: Iterable[Callable[[Command], Command]],
) -> Command:
    """Adds options to a command, which gets their values as one argument.

    Args:
        keyword: The name of that argument.
        kind: A dataclass with a field for each option.
        options: Decorators made by `click.option`, in the order in which `--help` shows them.
    """

    @functools.wraps(command)
    def collecting(*args: Any, **values: Any) -> None:
        own = {field.name: values.pop(field.name) for field in fields(kind)}
        command(*args, **values, **{keyword: kind(**own)})

    wrapped: Command = collecting
    for option in reversed(list(options)):
        wrapped = option(wrapped)
    return wrapped
