"""`brygga service enable, disable`: what runs after a reboot."""

from __future__ import annotations

import click

from brygga.cli.completion import service_argument
from brygga.cli.session import Session, pass_session


@click.command()
@service_argument
@pass_session
def enable(session: Session, name: str) -> None:
    """Have a service brought back after a reboot.

    Systemd does it, with a unit of your own user: it starts when you log in, or at boot after
    `loginctl enable-linger`. Where none answers, a line for your crontab is printed.
    """
    start = session.workspace.services.get(name).enable()
    if not start.script:
        click.echo(f"{name} comes back when you log in; at boot after: loginctl enable-linger")
        return
    click.echo(
        "No systemd answers here, so that something else has to start it. Let cron do it by adding "
        f"this line with `crontab -e`, or have root run this after a boot: {start.command}",
        err=True,
    )
    click.echo(start.cron)


@click.command()
@service_argument
@pass_session
def disable(session: Session, name: str) -> None:
    """Leave a service alone after a reboot."""
    was = session.workspace.services.get(name).disable()
    click.echo(f"{name} is {'no longer' if was else 'not'} brought back after a reboot.")
