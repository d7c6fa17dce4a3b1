"""`brygga doctor`: what would keep Brygga from working here, and the command that mends it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from brygga.cli import failure
from brygga.cli.check_lines import check_json, show_check
from brygga.cli.output import json_option, print_json
from brygga.cli.session import Session, pass_session
from brygga.doctor import CHECKS, Check
from brygga.errors import BryggaError
from brygga.findings import CheckResult, MachineCause, MachineFinding


@click.command()
@click.option(
    "--fix", is_flag=True, help="Remove what is left of the past; nothing that is in use."
)
@json_option
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, fix: bool, as_json: bool) -> None:
    """Look for what would keep Brygga from working here.

    Ends with 1 where something has to be mended; warnings do not count.
    """
    results, done = [], []
    for check in CHECKS:
        for result in _look(check, session):
            results.append(result)
            done.append(_mended(result) if fix else None)
            if not as_json:
                show_check(result, session, done[-1])
    if as_json:
        found = zip(results, done, strict=True)
        print_json([{**check_json(each, session), "done": mended} for each, mended in found])
    if any(result.level == "failure" for result in results):
        ctx.exit(failure.FAILED)


def _look(check: Check, session: Session) -> Iterator[CheckResult]:
    """What a check finds; one that may not look, as in another user's home, is a finding too."""
    try:
        yield from check(lambda: session.workspace)
    except (BryggaError, OSError) as error:
        found = MachineFinding(MachineCause.HOME_UNUSABLE, failure.sentence(error))
        yield CheckResult.of(check.__name__.removeprefix("check_"), "warning", found)


def _mended(result: CheckResult) -> str | None:
    """What was done about it; None where nothing can be."""
    if result.mend is None:
        return None
    try:
        return result.mend()
    except (BryggaError, OSError) as error:
        return f"could not be mended: {failure.sentence(error)}"
