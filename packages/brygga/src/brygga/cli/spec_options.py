"""The options of a service's spec, made from the fields it has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from brygga.spec.option import Option
from brygga.spec.service import SPEC_OPTIONS

_ELSEWHERE = {"environment_variables"}  # `--env` is an option of `brygga test` too


def spec_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets those that were given as `options`, by their keywords."""
    own = [option for name, option in SPEC_OPTIONS.items() if name not in _ELSEWHERE]

    @functools.wraps(command)
    def collecting(*args: Any, **values: Any) -> None:
        said = {option.name: values.pop(option.name) for option in own}
        given = {name: value for name, value in said.items() if value is not None}
        command(*args, **values, options=given)

    wrapped: Callable[..., None] = collecting
    for option in reversed(own):
        wrapped = _click_option(option)(wrapped)
    return wrapped


def _click_option(option: Option) -> Callable[[Callable[..., None]], Callable[..., None]]:
    flag, text = option.flag, option.help
    if option.kind is bool:
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
    if option.default is not None:
        text = f"{text}  [default: {_text(option.default)}]"
    return click.option(flag, option.name, type=_type(option), default=None, help=text)


def _type(option: Option) -> click.ParamType[Any] | type:
    if option.choices:
        return click.Choice(option.choices)
    if option.kind is int:
        low, high = (None if each is None else int(each) for each in (option.low, option.high))
        return click.IntRange(low, high)
    return option.kind


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
