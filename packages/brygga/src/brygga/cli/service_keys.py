"""`brygga service keys`: show, save and regenerate the keys of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from brygga.cli.completion import service_argument
from brygga.cli.output import json_option, print_fields, print_json
from brygga.cli.session import Session, pass_session
from brygga.store.files import write_text


@click.command()
@service_argument
@click.option(
    "--regenerate",
    type=click.Choice(["primary", "secondary"]),
    help="Make this one anew; the other goes on working.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a key into this file, which only you can read, instead of printing it: as the "
    "header line that `curl -H @FILE` takes. The regenerated key, else the primary one.",
)
@json_option
@pass_session
def keys(
    session: Session,
    name: str,
    regenerate: Literal["primary", "secondary"] | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Show the two keys of a service, save one for curl, or regenerate one."""
    service = session.workspace.services.get(name)
    if regenerate:
        service.regen_key(regenerate)
    both = service.get_keys()
    if save:
        key = both.secondary if regenerate == "secondary" else both.primary
        # A new file takes the place of an old one: that might be readable by others, or be open.
        write_text(save, f"Authorization: Bearer {key}\n")
        click.echo(
            f"Saved the {regenerate or 'primary'} key in {save}. Use it as: curl -H @{save} ..."
        )
    elif as_json:
        print_json({"primary": both.primary, "secondary": both.secondary})
    else:
        print_fields({"primary": both.primary, "secondary": both.secondary})
