"""What notebooks show: cards of facts, and the phases of something that takes a while."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

_CELL = "padding:1px 12px 1px 0;text-align:left;vertical-align:top"


def card(title: str, facts: Mapping[str, object]) -> str:
    """HTML of an object: its title, and a row for each fact that is not empty."""
    rows = "".join(
        f'<tr><th style="{_CELL};font-weight:normal;opacity:.6">{html.escape(name)}</th>'
        f'<td style="{_CELL}">{_cell(value)}</td></tr>'
        for name, value in facts.items()
        if value not in (None, "", (), [], {})
    )
    return f"<div><b>{html.escape(title)}</b><table>{rows}</table></div>"


@dataclass
class _Phase:
    text: str
    began: float
    remarks: list[str]
    state: Literal["open", "done", "broken"] = "open"
    seconds: float = 0.0


class Phases:
    """Shows the phases of a deployment; for `progress=` of whatever takes one.

    In a notebook it is one output that changes, elsewhere a line for each phase::

        with Phases() as progress:
            service = ws.services.deploy("svc", entry_script="score.py", progress=progress)

    Without `with` it works as well, but the last phase is never called done.
    """

    def __init__(self) -> None:
        self._phases: list[_Phase] = []
        self._handle: Any = None

    def __call__(self, line: str, /) -> None:
        """Ends the phase before and begins this one; an indented line is a remark on it."""
        if line.startswith(" ") and self._phases:
            self._phases[-1].remarks.append(line.strip())
        else:
            self._end("done")
            self._phases.append(_Phase(line.strip().rstrip("."), time.monotonic(), []))
        self._show(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end("done" if kind is None else "broken")
        self._show(None)

    def _repr_html_(self) -> str:
        return "".join(_shown(phase) for phase in self._phases)

    def _end(self, state: Literal["done", "broken"]) -> None:
        if self._phases and self._phases[-1].state == "open":
            last = self._phases[-1]
            last.state, last.seconds = state, time.monotonic() - last.began

    def _show(self, line: str | None) -> None:
        if not _in_notebook():
            if line is not None:
                print(line, flush=True)  # noqa: T201 - what it is for
        elif self._handle is None:
            from IPython.display import display

            self._handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(self)


def _in_notebook() -> bool:
    """Whether outputs can be HTML; IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"


def _shown(phase: _Phase) -> str:
    mark = {"open": "&#8230;", "done": "&#10003;", "broken": "&#10007;"}[phase.state]
    took = (
        "" if phase.state == "open" else f' <span style="opacity:.6">{phase.seconds:.1f} s</span>'
    )
    remarks = "".join(
        f'<div style="padding-left:2em;opacity:.6">{html.escape(remark)}</div>'
        for remark in phase.remarks
    )
    return f"<div>{mark} {html.escape(phase.text)}{took}{remarks}</div>"


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return "<br>".join(html.escape(f"{k}={v}") for k, v in value.items())
    if isinstance(value, (tuple, list)):
        return "<br>".join(html.escape(str(each)) for each in value)
    text = str(value)
    if text.startswith(("http://", "https://")):
        return f'<a href="{html.escape(text)}">{html.escape(text)}</a>'
    return html.escape(text)
