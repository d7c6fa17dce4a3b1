"""The results as JSON, as a table and as a plot."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from .works import ALONE, WORKS, Mark, Rounds


def write(folder: Path, found: Sequence[Mark], rounds: Rounds, about: dict[str, Any]) -> Path:
    """Three files of one name; returns the table."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"serving-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    loads = [
        {"work": work, "server": server, "rounds": [asdict(load) for load in measured]}
        for (work, server), measured in rounds.items()
    ]
    content = {
        "version": 1,
        "machine": about,
        "marks": [asdict(mark) | {"ok": mark.ok} for mark in found],
        "loads": loads,
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    page = folder / f"{name}.md"
    page.write_text(table(found, rounds, about))
    plot(folder / f"{name}.png", rounds)
    return page


def table(found: Sequence[Mark], rounds: Rounds, about: dict[str, Any]) -> str:
    """All numbers, in Markdown."""
    lines = ["# Serving, beside the peers", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["", "| mark | measured | limit | aim | |", "|---|---:|---:|---:|---|"]
    for mark in found:
        bound = "at most" if mark.at_most else "at least"
        verdict = "ok" if mark.ok else "**MISSED**"
        lines.append(
            f"| {mark.name} | {mark.value:.2f} {mark.unit} | {bound} {mark.least:g} "
            f"| {mark.aim:g} | {verdict} |"
        )
    for work in WORKS:
        lines += [
            "",
            f"## {work.name}",
            "",
            "| server | requests/s | p50 ms | requests per second of processor |",
        ]
        lines += ["|---|---:|---:|---:|"]
        for server, rate, latency, work_done in _of(work.name, rounds):
            cells = f"{rate:,.0f} | {latency * 1e3:.2f} | {work_done:,.0f}"
            lines.append(f"| {server} | {cells} |")
    return "\n".join(lines) + "\n"


def plot(file: Path, rounds: Rounds) -> None:
    """A bar for each server, a panel for each work."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    works = [work for work in WORKS if work is not ALONE]
    figure, axes = plt.subplots(len(works), 1, figsize=(9, 3 * len(works)), layout="constrained")
    for axis, work in zip(axes, works, strict=True):
        found = sorted(_of(work.name, rounds), key=lambda row: row[1])
        names = [server for server, *_ in found]
        colors = ["#2a7f9e" if name.startswith("brygga") else "#b8b8b8" for name in names]
        bars = axis.barh(names, [rate for _, rate, *_ in found], color=colors)
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.set_title(work.name)
        axis.set_xlabel("requests per second")
        axis.margins(x=0.12)
    figure.savefig(file, dpi=120)
    plt.close(figure)


def _of(work: str, rounds: Rounds) -> list[tuple[str, float, float, float]]:
    """(server, rate, median latency, requests per second of processor), medians over the rounds."""
    return [
        (
            server,
            median(load.rate for load in loads),
            median(load.median for load in loads),
            median(load.per_second_of_processor for load in loads),
        )
        for (name, server), loads in rounds.items()
        if name == work
    ]
