"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click

from brygga.cli.session import Session

_GAP = "  "

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


def print_table(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    empty: str,
    spare: Sequence[str] = (),
    width: int | None = None,
) -> None:
    """Prints the named columns of all rows, each as wide as its longest cell.

    Piped into something else nothing is left out, so that `grep` and `awk` see all of it.

    Args:
        empty: What is said on stderr where there are no rows.
        spare: Columns that a narrow terminal goes without, the first of them first.
        width: Of the terminal; None looks.
    """
    if not rows:
        click.echo(empty, err=True)
        return
    first, *lines = table_lines(rows, columns, spare=spare, width=width)
    click.secho(first, bold=True)
    for line in lines:
        click.echo(line)


def table_lines(
    rows: Sequence[Row], columns: Sequence[str], *, spare: Sequence[str] = (), width: int | None
) -> list[str]:
    """The lines of a table, its titles first. See `print_table`."""
    shown = {name: [_title(name), *(_cell(row[name]) for row in rows)] for name in columns}
    widths = {name: max(map(len, cells)) for name, cells in shown.items()}
    room = terminal_width() if width is None else width
    for name in spare:
        if sum(widths.values()) + len(_GAP) * (len(widths) - 1) <= room:
            break
        del shown[name], widths[name]
    lines = zip(*shown.values(), strict=True)
    return [_line(line, list(widths.values())) for line in lines]


def terminal_width() -> int:
    """Columns that a line may have; no end to them where nobody looks at a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def size_text(size: int | None) -> str:
    """Bytes as people say them, `1.2 GB`; empty where they are not known."""
    if size is None:
        return ""
    value, units = float(size), ["B", "KB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}" if value < 10 and size >= 1000 else f"{value:.0f} {units[0]}"


def count_text(count: int | None) -> str:
    """A number that has room for six signs: `123456`, then `1.2M`."""
    if count is None:
        return ""
    if count < 1_000_000:
        return str(count)
    return f"{count / 1e6:.1f}M" if count < 1_000_000_000 else f"{count / 1e9:.1f}G"


def span_text(seconds: float) -> str:
    """How long something has lasted, in its largest unit: `42s`, `3h`, `12d`."""
    left = max(0, int(seconds))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if left >= size:
            return f"{left // size}{unit}"
    return f"{left}s"


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


def _title(column: str) -> str:
    return column.replace("_", " ").upper()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


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
