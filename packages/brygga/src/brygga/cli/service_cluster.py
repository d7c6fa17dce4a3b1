"""`brygga service manifest, diff, forward`: of services on a cluster."""

from __future__ import annotations

import click

from brygga.cli import failure
from brygga.cli.completion import service_argument
from brygga.cli.output import json_option, print_json
from brygga.cli.session import Session, pass_session


@click.command()
@service_argument
@click.option("--target", metavar="NAME", help="A declared cluster, instead of its own.")
@click.option("--image", metavar="REF", help="Its image, instead of the one that is deployed.")
@click.option(
    "--for",
    "kind",
    type=click.Choice(["kubernetes"]),
    default="kubernetes",
    show_default=True,
    help="The kind of cluster.",
)
@pass_session
def manifest(session: Session, name: str, target: str | None, image: str | None, kind: str) -> None:
    """Print the objects of a service as YAML, for a cluster that others deploy to.

    Secrets are named in it; their values are not in it.
    """
    del kind  # there is one
    found = session.workspace.services.get(name)
    click.echo(found.manifest(target=target, image=image), nl=False)


@click.command()
@service_argument
@json_option
@pass_session
@click.pass_context
def diff(ctx: click.Context, session: Session, name: str, as_json: bool) -> None:
    """Show what a cluster has otherwise than it was deployed, and who has changed it.

    Ends with 1 where there is something; deploying again makes it as it was.
    """
    found = session.workspace.services.get(name).drift()
    if as_json:
        print_json([each.to_dict() for each in found])
    elif not found:
        click.echo(f"{name} is as it was deployed.", err=True)
    for each in found if not as_json else ():
        click.echo(str(each))
    if found:
        ctx.exit(failure.FAILED)


@click.command()
@service_argument
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="0 takes a free one.")
@pass_session
def forward(session: Session, name: str, port: int) -> None:
    """Have a port of this machine lead to a service on a cluster, until Ctrl-C."""
    service = session.workspace.services.get(name)
    prefix = service.spec.prefix
    with service.forward(port) as forwarded:
        click.echo(f"{name} is at {forwarded.url}{prefix}/score until you press Ctrl-C.")
        forwarded.wait()
