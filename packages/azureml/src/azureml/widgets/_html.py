"""A run in a notebook: HTML in the colours of whoever shows it, light or dark."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from azureml.widgets._text import number, rows_alike, took

if TYPE_CHECKING:
    from azureml.widgets._view import View

_MOST_PARTS = 100
_WIDE, _HIGH, _EDGE = 280, 90, 6
_COLOURS = {"Completed": "#2e9e4f", "Failed": "#d9534f", "Canceled": "#b8860b"}
_RUNNING = "#3b82c4"
_FAINT = "opacity:.65"


def markup_of(view: View) -> str:
    """All of it; what runs wrote is escaped."""
    from brygga.markup import card, table

    colour = _COLOURS.get(view.status, _RUNNING)
    badge = (
        f'<span style="background:{colour};color:#fff;border-radius:3px;padding:1px 8px">'
        f"{html.escape(view.status)}</span>"
    )
    pieces = [
        f'<div style="margin-bottom:6px"><b>{html.escape(view.title)}</b> {badge} '
        f'<span style="{_FAINT}">{took(view.seconds)}</span></div>'
    ]
    if view.error:
        pieces.append(f'<pre style="border-left:3px solid {colour};padding-left:8px">')
        pieces.append(f"{html.escape(view.error)}</pre>")
    if view.parts:
        shown = rows_alike(view.parts[:_MOST_PARTS])
        pieces.append(f'<div style="max-height:24em;overflow:auto">{table(shown)}</div>')
        if len(view.parts) > _MOST_PARTS:
            pieces.append(f'<div style="{_FAINT}">and {len(view.parts) - _MOST_PARTS} more</div>')
    if view.values:
        pieces.append(card("Metrics", {name: number(each) for name, each in view.values.items()}))
    if view.series:
        charts = "".join(_chart(name, values) for name, values in view.series.items())
        pieces.append(f'<div style="display:flex;flex-wrap:wrap;gap:12px">{charts}</div>')
    if view.log:
        lines = html.escape("\n".join(view.log))
        pieces.append(
            f"<details{'' if view.is_final and not view.error else ' open'}><summary>Log</summary>"
            f'<pre style="max-height:18em;overflow:auto">{lines}</pre></details>'
        )
    return f'<div class="azureml-run">{"".join(pieces)}</div>'


def _chart(name: str, values: Sequence[float]) -> str:
    """A line, with its lowest, highest and last value in words."""
    low, high = min(values), max(values)
    span, last = (high - low) or 1.0, len(values) - 1
    points = " ".join(
        f"{_EDGE + (_WIDE - 2 * _EDGE) * at / last:.1f},"
        f"{_HIGH - _EDGE - (_HIGH - 2 * _EDGE) * (value - low) / span:.1f}"
        for at, value in enumerate(values)
    )
    words = f"{number(low)} to {number(high)}, last {number(values[-1])}"
    return (
        f'<figure style="margin:0"><figcaption><b>{html.escape(name)}</b> '
        f'<span style="{_FAINT}">{words}</span></figcaption>'
        f'<svg width="{_WIDE}" height="{_HIGH}" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        f'aria-label="{html.escape(name)}: {words}">'
        f'<rect x=".5" y=".5" width="{_WIDE - 1}" height="{_HIGH - 1}" fill="none" '
        'stroke="currentColor" stroke-opacity=".25"/>'
        f'<polyline points="{points}" fill="none" stroke="{_RUNNING}" stroke-width="2"/>'
        "</svg></figure>"
    )
