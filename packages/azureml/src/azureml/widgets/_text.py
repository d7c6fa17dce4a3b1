"""A run where there is no HTML: plain lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml.widgets._view import View

_MOST_PARTS = 20


def text_of(view: View) -> str:
    """All of it."""
    lines = [f"{view.title}: {view.status} ({took(view.seconds)})"]
    if view.error:
        lines.append(view.error)
    if view.parts:
        lines += ["", *_columns(rows_alike(view.parts[:_MOST_PARTS]))]
        if len(view.parts) > _MOST_PARTS:
            lines.append(f"and {len(view.parts) - _MOST_PARTS} more")
    metrics = {name: number(each) for name, each in view.values.items()}
    for name, values in view.series.items():
        metrics[name] = f"{number(values[-1])} ({len(values)} values)"
    if metrics:
        lines += ["", *(f"{name}: {value}" for name, value in metrics.items())]
    if view.log:
        lines += ["", *view.log]
    return "\n".join(lines)


def took(seconds: float) -> str:
    """How long something took."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def number(value: object) -> str:
    """Six digits of a number; anything else as it is, in one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value).split())[:200]


def rows_alike(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """All with the columns of each."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [
        {name: "" if row.get(name) is None else number(row[name]) for name in names} for row in rows
    ]


def _columns(rows: Sequence[Mapping[str, object]]) -> list[str]:
    names = list(rows[0])
    cells = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(names))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
