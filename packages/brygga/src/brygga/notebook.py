"""What notebooks show of something that takes a while: its phases."""

from __future__ import annotations

import html
import sys
import time
from types import TracebackType
from typing import Any, Self

from brygga.operations.event import Event, PhaseBegan, Printed, Remarked
from brygga.operations.phase import Phase
from brygga.operations.progress import Lines, Progress
from brygga.operations.timeline import OperationState, PhaseSpan, Timeline, evidence


class Phases(Progress):
    """Shows the phases of a deployment; for `progress=` of whatever takes one.

    In a notebook it is one output that changes, elsewhere a line for each phase::

        with Phases() as progress:
            service = ws.services.deploy("svc", entry_script="score.py", progress=progress)

    Without `with` it works as well, but the last phase is never called done.
    """

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._lines = Lines(lambda line: print(line, flush=True))  # noqa: T201 - what it is for
        self._output = Output(self)

    def __call__(self, line: str, /) -> None:
        """Begins a phase in words of the caller's; an indented line is a remark on the last."""
        if line.startswith(" "):
            self._timeline.add(Remarked(line.strip()), time.monotonic())
        else:
            began = PhaseBegan(Phase.OTHER, line.strip().rstrip("."))
            self._timeline.add(began, time.monotonic())
        if not self._output.update():
            print(line, flush=True)  # noqa: T201 - what it is for

    def tell(self, event: Event) -> None:
        """Shows what happened; of what tools print, only what was last before a failure."""
        self._timeline.add(event, time.monotonic())
        if not isinstance(event, Printed) and not self._output.update():
            self._lines.tell(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        state = OperationState.DONE if kind is None else OperationState.FAILED
        self._timeline.end(state, time.monotonic())
        if not self._output.update():
            for line in evidence(self._timeline.phases):
                print(f"  {line}", flush=True)  # noqa: T201 - what it is for

    def _repr_html_(self) -> str:
        remarks = "".join(_remark(text) for text in self._timeline.remarks)
        return remarks + "".join(_shown(step) for step in self._timeline.phases)


class Output:
    """One output of a notebook, which is shown again in its place when what it shows changes.

    It may be updated from any thread, and while other cells run.
    """

    def __init__(self, shown: object) -> None:
        """What is shown has a `_repr_html_`; nothing is yet."""
        self._shown = shown
        self._handle: Any = None

    def update(self) -> bool:
        """Shows it; False where outputs cannot be HTML, and nothing was shown."""
        if not _in_notebook():
            return False
        if self._handle is None:
            from IPython.display import display

            self._handle = display(self._shown, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(self._shown)
        return True


def shown_by_itself() -> Phases | None:
    """Where outputs of a notebook can be HTML, something that shows phases there; else None."""
    return Phases() if _in_notebook() else None


def _in_notebook() -> bool:
    """Whether outputs can be HTML; IPython in a terminal cannot."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"


_MARKS = {OperationState.RUNNING: "&#8230;", OperationState.DONE: "&#10003;"}


def _shown(step: PhaseSpan) -> str:
    mark, took, share = _MARKS.get(step.state, "&#10007;"), "", ""
    if step.ended is not None:
        took = f' <span style="opacity:.6">{step.seconds(step.ended):.1f} s</span>'
    elif step.total:
        share = f' <progress value="{step.done}" max="{step.total}"></progress>'
    below = "".join(_remark(text) for text in step.remarks)
    if lines := evidence([step]):
        below += f'<pre style="padding-left:2em">{html.escape(chr(10).join(lines))}</pre>'
    return f"<div>{mark} {html.escape(step.text)}{took}{share}{below}</div>"


def _remark(text: str) -> str:
    return f'<div style="padding-left:2em;opacity:.6">{html.escape(text)}</div>'
