"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click

from brygga.cli.session import Session

Row = Mapping[str, object]
F = TypeVar("F", bound=Callable[..., object])


def json_option(function: F) -> F:
    """Adds `--json`; a failure is then printed as JSON as well."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_remember,
        help="Print JSON instead of text for people.",
    )(function)


def _remember(ctx: click.Context, _: click.Parameter, as_json: bool) -> bool:
    ctx.ensure_object(Session).as_json = as_json
    return as_json


def print_json(value: object) -> None:
    """Prints a value as indented JSON; times in ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_encoded))


def print_table(rows: Sequence[Row], columns: Sequence[str], *, empty: str) -> None:
    """Prints the named columns of all rows, each as wide as its longest cell.

    Piped into something else no cell is cut, so that `grep` and `awk` see all of it.

    Args:
        empty: What is said on stderr where there are no rows.
    """
    if not rows:
        click.echo(empty, err=True)
        return
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    titles = [column.replace("_", " ").upper() for column in columns]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    click.secho(_line(titles, widths), bold=True)
    for line in cells:
        click.echo(_line(line, widths))


def print_fields(row: Row) -> None:
    """Prints one thing, a field a line; empty ones are left out."""
    shown = {name.replace("_", " "): _cell(value) for name, value in row.items()}
    width = max(map(len, shown))
    for name, text in shown.items():
        if text:
            first, *rest = text.splitlines()
            click.echo(f"{click.style(name.ljust(width), bold=True)}  {first}")
            for line in rest:
                click.echo(f"{'':{width}}  {line}")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Mapping):
        return "\n".join(f"{k}={_cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return str(value)


def _encoded(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
