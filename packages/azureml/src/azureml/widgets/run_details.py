"""`RunDetails`: a run, shown while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml.widgets._html import markup_of
from azureml.widgets._text import text_of
from azureml.widgets._view import View, view_of

if TYPE_CHECKING:
    from azureml.core.run import Run

__all__ = ["RunDetails"]

_POLL_S = 0.5


class RunDetails:
    """Shows a run in a notebook: its status, parts, metrics and log, until it has ended."""

    def __init__(self, run_instance: Run) -> None:
        self._run = run_instance

    def show(self, render_lib: object = None, widget_settings: object = None) -> None:
        """Shows it, and goes on when this has returned; elsewhere than in notebooks, as text once.

        It raises nothing: what cannot be shown is a line that says why.
        """
        try:
            live = _Live(self._run)
            if not live.shows():
                print(text_of(live.view))
        except Exception as error:  # noqa: BLE001 - a view must not end the cell that trains
            print(f"The run cannot be shown: {error}")

    def get_widget_data(self, widget_settings: object = None) -> dict[str, Any]:
        """What is shown, as data."""
        view = view_of(self._run)
        return {
            "status": view.status,
            "run_id": self._run.id,
            "run_properties": {"run_id": self._run.id, "status": view.status, "error": view.error},
            "run_metrics": _as_metrics(view),
            "child_runs": [dict(part) for part in view.parts],
            "primary_metric": view.compared,
            "run_logs": "\n".join(view.log),
            "loading": False,
        }


def _as_metrics(view: View) -> list[dict[str, Any]]:
    found: Mapping[str, Any] = {**view.values, **view.series}
    return [{"name": name, "data": value} for name, value in found.items()]


class _Live:
    """One output of a notebook, shown anew by a thread until the run has ended."""

    def __init__(self, run: Run) -> None:
        from brygga.notebook import Output

        self.view = view_of(run)
        self._run = run
        self._output = Output(self)

    def shows(self) -> bool:
        """Whether it is shown as HTML."""
        if not self._output.update():
            return False
        if not self.view.is_final:
            # A kernel that is shut down does not wait for what is shown.
            threading.Thread(target=self._follow, name=f"view {self._run.id}", daemon=True).start()
        return True

    def _repr_html_(self) -> str:
        return markup_of(self.view)

    def _follow(self) -> None:
        pause = threading.Event()
        while not self.view.is_final:
            pause.wait(_POLL_S)
            try:
                self.view = view_of(self._run)
                self._output.update()
            except Exception:  # noqa: BLE001 - deleted, or the kernel ends: what is shown stays
                return
