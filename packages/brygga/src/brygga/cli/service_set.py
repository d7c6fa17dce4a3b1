"""`brygga service set`: one option of a service gets another value."""

from __future__ import annotations

import difflib
from typing import Any

import click

from brygga.cli.completion import service_argument
from brygga.cli.progress import shown_operation, verbose_option
from brygga.cli.session import Session, pass_session
from brygga.operations.operation import OperationKind, Subject, SubjectKind
from brygga.spec.service import SPEC_OPTIONS
from brygga.spellings import option_flag


@click.command("set")
@service_argument
@click.argument("settings", nargs=-1, required=True, metavar="OPTION=VALUE...")
@verbose_option
@pass_session
def set_options(session: Session, name: str, settings: tuple[str, ...], verbose: bool) -> None:
    """Change options of a service; everything else of it stays.

    OPTION is named as in the project file, as memory_gb=2 or log_level=DEBUG; `brygga project
    schema` has them all. Without a value after the `=` it takes its default again.
    """
    texts = dict(_split(each) for each in settings)
    reset = [option for option, text in texts.items() if not text]
    values: dict[str, Any] = {
        option: SPEC_OPTIONS[option].parse(text) for option, text in texts.items() if text
    }
    found = session.workspace.services.get(name)
    subject = Subject(SubjectKind.SERVICE, name)
    with shown_operation(session, OperationKind.RECONFIGURE, subject, verbose=verbose) as progress:
        number = found.reconfigure(reset=reset, progress=progress, **values)
        found.wait_for_deployment(progress=progress)
    click.echo(f"{name} serves revision {number} at {found.scoring_uri}")


def _split(setting: str) -> tuple[str, str]:
    option, equals, text = setting.partition("=")
    if not equals:
        raise click.UsageError(f"{setting!r} is not of the form OPTION=VALUE.")
    if option not in SPEC_OPTIONS:
        flags = {option_flag(each): each for each in SPEC_OPTIONS}
        flag = "--" + option.lstrip("-").replace("_", "-")
        near = (
            [flags[flag]] if flag in flags else difflib.get_close_matches(option, SPEC_OPTIONS, 1)
        )
        meant = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(SPEC_OPTIONS)}."
        raise click.UsageError(f"There is no option {option!r}: {meant}")
    return option, text
