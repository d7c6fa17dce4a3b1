"""`brygga service stop, restart`: of one service, or of all that can be changed from here."""

from __future__ import annotations

from collections.abc import Callable

import click

from brygga.cli import failure
from brygga.cli.completion import complete_service
from brygga.cli.progress import shown_operation
from brygga.cli.session import Session, pass_session
from brygga.errors import BryggaError
from brygga.operations import OperationKind, Subject, SubjectKind

_name = click.argument("name", required=False, shell_complete=complete_service)
_all = click.option("--all", "every", is_flag=True, help="All services of the workspace.")


@click.command()
@_name
@_all
@pass_session
def stop(session: Session, name: str | None, every: bool) -> None:
    """Stop a service and keep everything of it; `restart` brings it back on the same port."""

    def stopped(each: str) -> str:
        session.workspace.services.get(each).stop()
        return f"Stopped {each}. Bring it back: brygga service restart {each}"

    _do(session, name, every, stopped, leave=lambda state: state == "Stopped")


@click.command()
@_name
@_all
@pass_session
def restart(session: Session, name: str | None, every: bool) -> None:
    """Start a service anew as it is, on the same port; also one that was stopped."""

    def restarted(each: str) -> str:
        found = session.workspace.services.get(each)
        subject = Subject(SubjectKind.SERVICE, each)
        # A newer one may have failed: that is no failure of this command.
        served = found.snapshot().current.number
        with shown_operation(session, OperationKind.RESTART, subject) as progress:
            found.restart(progress=progress)
            found.wait_for_deployment(progress=progress, revision=served)
        return f"{each} serves revision {found.revision} at {found.scoring_uri}"

    _do(session, name, every, restarted, leave=lambda _: False)


def _do(
    session: Session,
    name: str | None,
    every: bool,
    action: Callable[[str], str],
    *,
    leave: Callable[[str], bool],
) -> None:
    """Does it to one, or to one after another; what fails is said, and the others go on.

    Args:
        leave: Whether there is nothing to do to a service in that state.
    """
    if (name is None) != every:
        raise click.UsageError("Name a service, or give --all.")
    if name is not None:
        click.echo(action(name))
        return
    failed = 0
    found = session.workspace.services.snapshots()
    for each in found:
        if each.elsewhere is not None:
            click.echo(f"{each.name} was left alone: it runs {each.elsewhere}.")
        elif leave(each.state_text):
            click.echo(f"{each.name} was left alone: it is {each.state_text.lower()}.")
        else:
            try:
                click.echo(action(each.name))
            except (BryggaError, OSError) as error:
                failed += 1
                click.echo(f"{each.name} failed.")
                failure.report(error, debug=session.debug, workspace=session.workspace_name)
    if not found:
        click.echo("There are no services.", err=True)
    if failed:
        click.echo(f"{failed} of {len(found)} failed.", err=True)
        click.get_current_context().exit(failure.FAILED)
