"""`brygga environment`: lock, register, list and show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from brygga.cli.base_options import BaseImageOptions, base_image_options
from brygga.cli.command_group import CommandGroup
from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.progress import shown_progress
from brygga.cli.session import Session, pass_session

if TYPE_CHECKING:
    from brygga.environments import Environment, RegisteredEnvironment


@click.group(cls=CommandGroup)
def environment() -> None:
    """Lock and keep sets of packages."""


@environment.command()
@environment_options
@click.option("--refresh", is_flag=True, help="Resolve anew, to get newer versions.")
@json_option
@pass_session
def lock(session: Session, *, packages: EnvironmentOptions, refresh: bool, as_json: bool) -> None:
    """Print the exact packages, with hashes, that an environment comes to.

    The lock is kept: what is deployed from the same packages uses it until it is refreshed.
    """
    with shown_progress() as progress:
        made = session.workspace.environments.lock(
            _required(session, packages), refresh=refresh, progress=progress
        )
    if as_json:
        print_json(
            {
                "digest": made.digest,
                "python": made.python,
                "platform": made.platform,
                "text": made.text,
            }
        )
    else:
        click.echo(made.text, nl=False)


@environment.command()
@click.argument("name")
@environment_options
@base_image_options
@json_option
@pass_session
def register(
    session: Session,
    name: str,
    *,
    packages: EnvironmentOptions,
    base: BaseImageOptions,
    as_json: bool,
) -> None:
    """Keep a set of packages under NAME, as its next version.

    A base image, a Dockerfile and further steps are kept with it, for every image of it.
    """
    from brygga.environments.image_options import ImageOptions

    asked = _required(session, packages)
    image = ImageOptions.read(**base.given).over(asked.image)
    asked = replace(asked, image=image)
    with shown_progress() as progress:
        kept = session.workspace.environments.register(asked, name, progress=progress)
    if as_json:
        print_json(_fields(kept))
    else:
        click.echo(f"Registered {kept.id}.")


@environment.command("list")
@json_option
@pass_session
def list_environments(session: Session, as_json: bool) -> None:
    """List the registered environments."""
    rows = [_fields(each) for each in session.workspace.environments.list()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows,
            ("name", "version", "python", "packages", "created_at"),
            empty="No environments. Register one: brygga environment register NAME --conda FILE",
        )


@environment.command()
@click.argument("reference", metavar="NAME[:VERSION]")
@json_option
@pass_session
def show(session: Session, reference: str, as_json: bool) -> None:
    """Show a registered environment: the latest version, or the one that is named."""
    fields = _fields(session.workspace.environments.get(reference))
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)


@environment.command()
@json_option
@pass_session
@click.pass_context
def verify(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Look for damaged files in what services run from, and make it anew.

    Ends with 1 where something was damaged: restart the services that are named then.
    """
    with shown_progress() as progress:
        found = session.workspace.verify_environments(progress=progress)
    damaged = {name: files for name, files in found.items() if files}
    if as_json:
        print_json([{"service": n, "damaged": list(files)} for n, files in found.items()])
    elif not damaged:
        click.echo(f"The environments of {len(found)} services are as they were installed.")
    for name, files in damaged.items() if not as_json else ():
        click.echo(f"{name}: {len(files)} files were damaged, among them {files[0]}; made anew.")
        click.echo(f"  brygga service restart {name}")
    if damaged:
        ctx.exit(1)


def _required(session: Session, packages: EnvironmentOptions) -> Environment:
    found = packages.environment(session.workspace)
    if found is None:
        raise click.UsageError(
            "Say which: --conda FILE, --requirements FILE, --package NAME or --environment NAME."
        )
    return found


def _fields(registered: RegisteredEnvironment) -> dict[str, object]:
    spec = registered.environment
    return {
        "id": registered.id,
        "name": registered.name,
        "version": registered.version,
        "python": spec.python,
        "packages": list(spec.packages),
        "constraints": list(spec.constraints),
        "dropped": list(spec.dropped),
        "index": spec.index.to_dict(),
        "image": spec.image.to_dict(),
        "created_at": registered.created_at,
        "created_by": registered.created_by,
    }
