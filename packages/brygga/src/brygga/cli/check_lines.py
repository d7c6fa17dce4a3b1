"""What looks have shown, as lines for people and as JSON."""

from __future__ import annotations

import click

from brygga.cli.session import Session
from brygga.findings import CheckResult
from brygga.spellings import Language, words

_MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("FAIL", "red")}


def show_check(result: CheckResult, session: Session, done: str | None = None) -> None:
    """A line, and how it is mended, or what was done about it."""
    mark, color = _MARKS[result.level]
    click.echo(f"{click.style(mark, fg=color)}  {result.name}: {result.message}")
    if done is not None:
        click.echo(f"      {done}")
    elif result.advice:
        click.echo(f"      mend it: {_fix(result, session)}")


def check_json(result: CheckResult, session: Session) -> dict[str, object]:
    """The same as an object."""
    return {
        "name": result.name,
        "level": result.level,
        "message": result.message,
        "fix": _fix(result, session),
    }


def _fix(result: CheckResult, session: Session) -> str:
    return words(
        result.advice, Language.COMMAND, workspace=result.workspace or session.workspace_name
    )
