"""What is shown of a run at one moment: data, whatever it is shown with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from azureml.core._run_details import error_of

if TYPE_CHECKING:
    from azureml.core.run import Run
    from brygga.store.rows import Metric

_LAST_LINES = 20


@dataclass(frozen=True)
class View:
    """A run, as it stands.

    Attributes:
        values: Metrics with one value, and those that are neither numbers nor lists of them.
        series: Metrics with several numbers, in their order.
        parts: The runs it consists of, the best first where there is a metric to compare.
        compared: The name of that metric.
        log: The last lines that its script printed.
    """

    title: str
    status: str
    is_final: bool
    seconds: float
    error: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)
    parts: Sequence[Mapping[str, object]] = ()
    compared: str = ""
    log: Sequence[str] = ()


def view_of(run: Run) -> View:
    """A run, looked at now."""
    row, status = run._brygga.row, run._brygga.status
    values, series = _metrics(run._brygga.metrics())
    search = row.details.get("search") or {}
    return View(
        title=f"{run.experiment.name}: {row.display_name or row.id}",
        status=status.value,
        is_final=status.is_final,
        seconds=((row.ended_at or datetime.now(UTC)) - row.created_at).total_seconds(),
        error=str((error_of(run._brygga) or {}).get("message", "")),
        values=values,
        series=series,
        parts=_parts(run, search),
        compared=str(search.get("metric", "")),
        log=run._brygga.log_text().splitlines()[-_LAST_LINES:],
    )


def _metrics(metrics: Sequence[Metric]) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Those with one value, and those with several numbers."""
    found: dict[str, list[Any]] = {}
    for metric in metrics:
        each = metric.value if isinstance(metric.value, list) else [metric.value]
        found.setdefault(metric.name, []).extend(each)
    series = {name: several for name, several in found.items() if _is_series(several)}
    single = {
        name: several[0] if len(several) == 1 else several
        for name, several in found.items()
        if name not in series
    }
    return single, series


def _is_series(values: Sequence[Any]) -> bool:
    return len(values) > 1 and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        for value in values
    )


def _parts(run: Run, search: Mapping[str, Any]) -> list[dict[str, object]]:
    metric = str(search.get("metric", ""))
    measured, others = [], []
    for child in run.get_children():
        row = child._brygga.row
        values, series = _metrics(child._brygga.metrics())
        logged = [*series.get(metric, ()), *([values[metric]] if metric in values else ())]
        shown: dict[str, object] = {
            "run": row.display_name or row.id.removeprefix(f"{run.id}_"),
            "status": child.get_status(),
            **(row.details.get("parameters") or {}),
        }
        if not metric:
            last = {name: each[-1] for name, each in series.items()}
            others.append({**shown, **values, **last})
        elif logged:
            best = max(logged) if search.get("goal") == "maximize" else min(logged)
            measured.append((best, {**shown, metric: best}))
        else:
            others.append({**shown, metric: None})
    measured.sort(key=lambda each: each[0], reverse=search.get("goal") == "maximize")
    return [*(each for _, each in measured), *others]
