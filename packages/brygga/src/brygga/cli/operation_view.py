"""How commands show an operation: as JSON, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

import click

from brygga.operations import Operation, OperationState, PhaseSpan, Problem
from brygga.operations.timeline import evidence
from brygga.spellings import Language, words

_MARKS = {OperationState.RUNNING: "…", OperationState.DONE: "✓"}


def as_json(operation: Operation, *, workspace: str | None = None) -> dict[str, object]:
    """All there is to say of it.

    Args:
        workspace: What `--workspace` said, for the commands of the hint.
    """
    return {
        "id": operation.id,
        "kind": operation.kind,
        "subject": {"kind": operation.subject.kind, "name": operation.subject.name},
        "state": operation.state,
        "began_at": operation.began_at,
        "seconds": round(operation.seconds, 3),
        "revision": operation.revision,
        "remarks": list(operation.remarks),
        "phases": [_phase(each, operation.seconds) for each in operation.phases],
        "problem": None if operation.problem is None else _problem(operation.problem, workspace),
    }


def headline(operation: Operation) -> str:
    """What it is, and how it stands."""
    state = operation.state
    how = "running for" if operation.is_running else f"{state} after"
    revision = "" if operation.revision is None else f", revision {operation.revision}"
    return f"{operation.kind} {operation.subject}{revision}, {how} {operation.seconds:.1f} s"


def print_operation(operation: Operation, *, workspace: str | None = None) -> None:
    """Prints its phases with their times, and why it failed if it did."""
    for remark in operation.remarks:
        click.echo(f"  {remark}")
    for phase in operation.phases:
        for line in _lines(phase, operation.seconds):
            click.echo(line)
    problem = operation.problem
    if problem is not None:
        click.secho(f"error  {problem.message}", fg="red")
        if problem.advice:
            hint = words(problem.advice, Language.COMMAND, workspace=workspace)
            click.echo(f"hint   {hint}")


def _lines(phase: PhaseSpan, now: float) -> Iterator[str]:
    share = f" ({phase.done} of {phase.total})" if phase.total else ""
    yield f"{_MARKS.get(phase.state, '✗')} {phase.text}{share}  {phase.seconds(now):.1f} s"
    for line in (*phase.remarks, *evidence([phase])):
        yield f"  {line}"


def _phase(phase: PhaseSpan, now: float) -> dict[str, object]:
    return {
        "phase": phase.phase,
        "text": phase.text,
        "state": phase.state,
        "seconds": round(phase.seconds(now), 3),
        "done": phase.done if phase.total else None,
        "total": phase.total or None,
        "remarks": list(phase.remarks),
        "printed": list(phase.printed),
    }


def _problem(problem: Problem, workspace: str | None) -> dict[str, object]:
    return {
        "code": problem.code or None,
        "message": problem.message,
        "hint": words(problem.advice, Language.COMMAND, workspace=workspace),
        "diagnosis": None if problem.diagnosis is None else problem.diagnosis.to_dict(),
    }
