"""HTML for notebooks: cards of facts, and tables. All that it is given is escaped."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from brygga.errors import NotFoundError

_CELL = "padding:1px 12px 1px 0;text-align:left;vertical-align:top"
_HEAD = f"{_CELL};font-weight:normal;opacity:.6"
_EMPTY: tuple[object, ...] = (None, "", (), [], {})

T = TypeVar("T")
Row = Mapping[str, object]


class Preformatted(str):
    """Text whose lines stay as they are."""

    __slots__ = ()


def card(title: str, facts: Row) -> str:
    """HTML of an object: its title, and a row for each fact that is not empty."""
    rows = "".join(
        f'<tr><th style="{_HEAD}">{html.escape(name)}</th>'
        f'<td style="{_CELL}">{_cell(value)}</td></tr>'
        for name, value in facts.items()
        if value not in _EMPTY
    )
    return f"<div><b>{html.escape(title)}</b><table>{rows}</table></div>"


def glance(title: str, facts: Callable[[], Row]) -> str:
    """As `card`, of what has to be looked up first, and may be gone by now.

    What is shown never raises: it is looked at where something broke already.
    """
    try:
        return card(title, facts())
    except NotFoundError:
        return card(title, {"state": "deleted"})
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the notebook goes on
        return card(title, {"state": f"{type(error).__name__}: {error}".partition("\n")[0]})


def table(rows: Sequence[Row]) -> str:
    """HTML of several of a kind, without the columns that are empty in all of them."""
    names = [n for n in (rows[0] if rows else ()) if any(row[n] not in _EMPTY for row in rows)]
    head = "".join(f'<th style="{_HEAD}">{html.escape(name)}</th>' for name in names)
    lines = "".join(f"<tr>{_cells(row[name] for name in names)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>" if rows else "<div>none</div>"


class ShownList(list[T]):
    """A list that notebooks show as a table."""

    def __init__(self, items: Iterable[T], rows: Callable[[Sequence[T]], Sequence[Row]]) -> None:
        """`rows` tells what the columns are; it is only asked where the list is shown."""
        super().__init__(items)
        self._rows = rows

    def _repr_html_(self) -> str | None:
        try:
            return table(self._rows(self))
        except Exception:  # noqa: BLE001 - what is shown may be gone: its repr says so
            return None


def _cells(values: Iterable[object]) -> str:
    return "".join(f'<td style="{_CELL}">{_cell(value)}</td>' for value in values)


def _cell(value: object) -> str:
    if isinstance(value, Preformatted):
        return f'<pre style="margin:0">{html.escape(value)}</pre>'
    if isinstance(value, Mapping):
        return "<br>".join(html.escape(f"{k}={v}") for k, v in value.items())
    if isinstance(value, (tuple, list)):
        return "<br>".join(html.escape(str(each)) for each in value)
    text = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)
    if value is None:
        text = ""
    if text.startswith(("http://", "https://")):
        return f'<a href="{html.escape(text)}">{html.escape(text)}</a>'
    return html.escape(text)
