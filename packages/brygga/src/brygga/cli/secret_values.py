"""`--secret`: a name whose value comes from the environment or from a file."""

from __future__ import annotations

import os
from pathlib import Path

import click


def secrets(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """Reads the value of each secret; a click callback.

    `NAME` is the environment variable of that name, `NAME=@FILE` the content of a file less one
    line end. `NAME=VALUE` is refused: a command line is seen by everybody on the machine, and
    kept in the shell's history.

    Raises:
        click.BadParameter: a value that cannot be had, or stands on the command line.
    """
    found = {}
    for each in values:
        name, equals, source = each.partition("=")
        if not name.isidentifier():
            raise click.BadParameter(f"{name!r} is not a name for a secret.", param=parameter)
        if not equals:
            found[name] = _from_environment(name, parameter)
        elif source.startswith("@"):
            found[name] = _from_file(source[1:], parameter)
        else:
            raise click.BadParameter(
                f"The value of {name} must not stand on the command line: give --secret {name} "
                f"with the value in the environment variable {name}, or --secret {name}=@FILE.",
                param=parameter,
            )
    return found


def _from_environment(name: str, parameter: click.Parameter) -> str:
    if name not in os.environ:
        raise click.BadParameter(
            f"The environment variable {name} is not set; set it, or give --secret {name}=@FILE.",
            param=parameter,
        )
    return os.environ[name]


def _from_file(path: str, parameter: click.Parameter) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}", param=parameter) from error
