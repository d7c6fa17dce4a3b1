"""`brygga environment`: lock, register, list and show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.output import json_option, print_json
from brygga.cli.progress import phases
from brygga.cli.session import Session, pass_session

if TYPE_CHECKING:
    from brygga.environments import Environment


@click.group()
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
    with phases() as phase:
        made = session.workspace.environments.resolve(
            _required(packages), refresh=refresh, progress=phase
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
@pass_session
def register(session: Session, name: str, *, packages: EnvironmentOptions) -> None:
    """Keep a set of packages under NAME, as its next version."""
    kept = session.workspace.environments.register(_required(packages), name)
    click.echo(f"Registered {kept.name}:{kept.version}.")


def _required(packages: EnvironmentOptions) -> Environment:
    found = packages.environment()
    if found is None:
        raise click.UsageError("Say which: --conda FILE, --requirements FILE or --package NAME.")
    return found
