"""`brygga project`: what is known of project files."""

from __future__ import annotations

from pathlib import Path

import click

from brygga.cli.command_group import CommandGroup
from brygga.cli.output import print_json
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
def check(file: Path | None, stage: str | None) -> None:
    """Check a project file: all its keys and values, and the variables that are needed here."""
    found = Project.get(file)
    for name in found.names:
        found.service(name, stage=stage)
    stages = f"; stages: {', '.join(found.stages)}" if found.stages else ""
    click.echo(f"{shown(found.file)} is good. Services: {', '.join(found.names)}{stages}")
