"""`brygga project`: what is known of project files."""

from __future__ import annotations

from pathlib import Path

import click

from brygga.cli import failure
from brygga.cli.command_group import CommandGroup
from brygga.cli.output import print_json
from brygga.cli.session import Session, pass_session
from brygga.project import Project, json_schema
from brygga.project.document import shown


@click.group(cls=CommandGroup)
def project() -> None:
    """Look at project files: brygga.toml."""


@project.command()
def schema() -> None:
    """Print the JSON Schema of project files, with which editors complete them."""
    print_json(json_schema())


@project.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--stage", help="Also look at what holds for this stage, with its variables.")
@pass_session
def check(session: Session, file: Path | None, stage: str | None) -> None:
    """Check a project file: all its keys and values, and that what it names is there.

    Scripts, models, samples, files of packages and variables have to be there; else it ends with
    1. Things that only this machine or workspace lacks (registered models, targets, secrets) are
    warnings.
    """
    from brygga.doctor.project import gaps

    found = Project.get(file)
    missing = [*gaps(found, session.workspace, stage)]
    for gap in missing:
        mark, color = ("warn", "yellow") if gap.here else ("FAIL", "red")
        click.echo(f"{click.style(mark, fg=color)}  {gap.service}: {gap.sentence}")
        if gap.hint:
            click.echo(f"      {gap.hint}")
    failed = sum(not gap.here for gap in missing)
    stages = f"; stages: {', '.join(found.stages)}" if found.stages else ""
    verdict = "has gaps" if failed else "is good"
    click.echo(f"{shown(found.file)} {verdict}. Services: {', '.join(found.names)}{stages}")
    if failed:
        click.get_current_context().exit(failure.FAILED)
