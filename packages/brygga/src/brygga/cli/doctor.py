"""`brygga doctor`: what would keep Brygga from working here, and the command that mends it."""

from __future__ import annotations

import click

from brygga.cli import failure
from brygga.cli.checks import CHECKS
from brygga.cli.finding import Finding
from brygga.cli.output import json_option, print_json
from brygga.cli.session import Session, pass_session
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
    findings = []
    for check in CHECKS:
        for finding in check(session):
            findings.append(finding)
            if not as_json:
                _show(finding, session)
    if as_json:
        print_json(
            [
                {"name": f.name, "level": f.level, "message": f.message, "fix": _fix(f, session)}
                for f in findings
            ]
        )
    if any(finding.level == "failure" for finding in findings):
        ctx.exit(failure.FAILED)


def _show(finding: Finding, session: Session) -> None:
    mark, color = _MARKS[finding.level]
    click.echo(f"{click.style(mark, fg=color)}  {finding.name}: {finding.message}")
    if finding.fix:
        click.echo(f"      mend it: {_fix(finding, session)}")


def _fix(finding: Finding, session: Session) -> str:
    return words(finding.fix, Language.COMMAND, workspace=session.workspace_name)
