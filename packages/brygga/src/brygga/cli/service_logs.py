"""`brygga service logs`: what a service has logged, or what of it is wanted."""

from __future__ import annotations

import re
import sys

import click

from brygga.cli.completion import service_argument
from brygga.cli.session import Session, pass_session

_COLOR = r"\x1b\[[0-9;]*m"
_CONTROLS = re.compile(rf"({_COLOR})|[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""What would move the cursor, or write over what was shown; colors do neither."""


@click.command()
@service_argument
@click.option("-n", "--lines", type=click.IntRange(min=0), help="Only so many of the last lines.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, until Ctrl-C.")
@click.option(
    "--since",
    metavar="TIME",
    help="Not older: 30s, 10m, 2h, 1d, or a time in UTC, as 2026-05-17T12:00.",
)
@click.option(
    "--grep", metavar="RE", help="Only what a regular expression finds, tracebacks whole."
)
@click.option(
    "--worker",
    type=int,
    metavar="N",
    help="Only of one: 1 is the first that runs; or a process id.",
)
@click.option(
    "--request-id", metavar="ID", help="Only of one request; what run() raised with it comes last."
)
@pass_session
def logs(
    session: Session,
    *,
    name: str,
    lines: int | None,
    follow: bool,
    since: str | None,
    grep: str | None,
    worker: int | None,
    request_id: str | None,
) -> None:
    """Print what a service has logged, `print()` of its script included."""
    session.when_interrupted = "The service goes on."
    found = session.workspace.services.get(name)
    wanted = {"since": since, "grep": grep, "worker": worker, "request_id": request_id or ""}
    on_terminal = sys.stdout.isatty()
    matched = told = (
        False  # lines of JSON name their request; those of text do not, but for the access log
    )
    for line in found.logs(lines=lines, follow=follow, **wanted):  # type: ignore[arg-type]
        click.echo(shown(line) if on_terminal else line)
        matched = True
        told = told or "Encountered Exception" in line
    failure = found.find_failure(request_id) if request_id and not told else None
    if failure is not None:
        click.echo(failure.traceback.rstrip() or failure.error)
    elif not matched and lines != 0 and any(each not in (None, "") for each in wanted.values()):
        asked = {"--since": since, "--grep": grep, "--worker": worker, "--request-id": request_id}
        given = " ".join(f"{option} {value}" for option, value in asked.items() if value)
        click.echo(f"The log of {name} has no line for {given}.", err=True)


def shown(line: str) -> str:
    """A line as a terminal may have it, which a script or a caller has written."""
    return _CONTROLS.sub(lambda found: found[1] or f"\\x{ord(found[0]):02x}", line)
