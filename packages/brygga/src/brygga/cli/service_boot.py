"""`brygga service stop, enable, disable`: what runs now, and what runs after a reboot."""

from __future__ import annotations

import click

from brygga.cli.completion import service_argument
from brygga.cli.session import Session, pass_session


@click.command()
@service_argument
@pass_session
def stop(session: Session, name: str) -> None:
    """Stop a service and keep everything of it; `restart` brings it back on the same port."""
    session.workspace.services.get(name).stop()
    click.echo(f"Stopped {name}. Bring it back: brygga service restart {name}")


@click.command()
@service_argument
@pass_session
def enable(session: Session, name: str) -> None:
    """Have a service brought back after a reboot, by systemd.

    It is a unit of your own user: it starts when you log in, or at boot after
    `loginctl enable-linger`.
    """
    session.workspace.services.get(name).enable()
    click.echo(f"{name} comes back when you log in; at boot after: loginctl enable-linger")


@click.command()
@service_argument
@pass_session
def disable(session: Session, name: str) -> None:
    """Leave a service alone after a reboot."""
    was = session.workspace.services.get(name).disable()
    click.echo(f"{name} is {'no longer' if was else 'not'} brought back after a reboot.")
