"""`brygga doctor`: what would keep Brygga from working here, and the command that mends it."""

from __future__ import annotations

import click

from brygga.cli import failure
from brygga.cli.output import json_option, print_json
from brygga.cli.session import Session, pass_session
from brygga.doctor import CHECKS
from brygga.findings import CheckResult
from brygga.spellings import Language, words

_MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("FAIL", "red")}


@click.command()
@json_option
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Look for what would keep Brygga from working here.

    Ends with 1 where something has to be mended; warnings do not count.
    """
    results = []
    for check in CHECKS:
        for result in check(lambda: session.workspace):
            results.append(result)
            if not as_json:
                _show(result, session)
    if as_json:
        print_json(
            [
                {"name": r.name, "level": r.level, "message": r.message, "fix": _fix(r, session)}
                for r in results
            ]
        )
    if any(result.level == "failure" for result in results):
        ctx.exit(failure.FAILED)


def _show(result: CheckResult, session: Session) -> None:
    mark, color = _MARKS[result.level]
    click.echo(f"{click.style(mark, fg=color)}  {result.name}: {result.message}")
    if result.advice:
        click.echo(f"      mend it: {_fix(result, session)}")


def _fix(result: CheckResult, session: Session) -> str:
    return words(result.advice, Language.COMMAND, workspace=session.workspace_name)
