"""`brygga service`: list, show, run, logs, keys, rollback, restart, revisions, delete and curl."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli import service_boot, service_cluster, service_running
from brygga.cli.command_group import CommandGroup
from brygga.cli.completion import complete_service, service_argument
from brygga.cli.curl import UNKNOWN, UNKNOWN_RAW, curl_lines
from brygga.cli.operation_view import as_json as operation_json
from brygga.cli.operation_view import headline, print_operation
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.progress import shown_operation, verbose_option
from brygga.cli.service_keys import keys
from brygga.cli.service_logs import logs
from brygga.cli.service_run import run
from brygga.cli.service_set import set_options
from brygga.cli.service_table import print_services
from brygga.cli.service_view import details_of, errors_of, fields_of, fix_of, json_of
from brygga.cli.session import Session, pass_session, yes_option
from brygga.operations import OperationKind, Subject, SubjectKind
from brygga.services.state import ServiceState

if TYPE_CHECKING:
    from brygga.operations import Operation


@click.group(cls=CommandGroup)
def service() -> None:
    """Look after what is deployed."""


for command in (
    keys,
    logs,
    run,
    set_options,
    service_running.stop,
    service_running.restart,
    service_boot.enable,
    service_boot.disable,
    service_cluster.manifest,
    service_cluster.diff,
    service_cluster.forward,
):
    service.add_command(command)


@service.command("list")
@json_option
@pass_session
def list_services(session: Session, as_json: bool) -> None:
    """List the services of the workspace."""
    found = session.workspace.services.snapshots()
    if as_json:
        print_json([json_of(session, each) for each in found])
    else:
        print_services(found)


@service.command()
@service_argument
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Show a service: its state, what it was made of, and why it fails if it does.

    An operation on it, here or by another process, is shown with its phases.
    """
    subject = Subject(SubjectKind.SERVICE, name)
    operation = session.workspace.operations.latest(subject)
    running = operation is not None and operation.is_running
    if operation and running and session.workspace.services.find(name) is None:
        _show_first_deployment(session, operation, as_json=as_json)
        return
    found = session.workspace.services.get(name).snapshot()
    if as_json:
        shown = operation and operation_json(operation, workspace=session.workspace_name)
        print_json({**json_of(session, found), "operation": shown})
        return
    print_fields(fields_of(found))
    if details := details_of(found):
        print_fields(details)
    for label, error in errors_of(found):
        click.secho(f"{label}  {error.sentence}", fg="red")
        click.echo(f"hint   {fix_of(session, error)}")
    if operation and running:
        click.echo(headline(operation))
        print_operation(operation, workspace=session.workspace_name)


@service.command()
@service_argument
@json_option
@pass_session
def revisions(session: Session, name: str, as_json: bool) -> None:
    """List the kept revisions of a service, any of which can be rolled back to."""
    found = session.workspace.services.get(name)
    rows = [
        {
            "revision": each.number,
            "serving": each.serving,
            "status": each.status,
            "models": list(each.models),
            "bundle": each.bundle_digest,
            "error": None if each.diagnosis is None else each.diagnosis.sentence,
            "created_at": each.created_at,
            "created_by": each.created_by,
        }
        for each in found.revisions()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows,
            ("revision", "serving", "status", "models", "created_at", "error"),
            empty="No revisions.",
        )


@service.command()
@service_argument
@click.option("--revision", type=int, help="To this one instead of the one before.")
@verbose_option
@pass_session
def rollback(session: Session, name: str, revision: int | None, verbose: bool) -> None:
    """Serve an earlier revision again."""
    found = session.workspace.services.get(name)
    subject = Subject(SubjectKind.SERVICE, name)
    with shown_operation(session, OperationKind.ROLLBACK, subject, verbose=verbose) as progress:
        found.rollback(revision, progress=progress)
        found.wait_for_deployment(progress=progress)
    click.echo(f"{name} serves revision {found.revision} at {found.scoring_uri}")


@service.command()
@click.argument(
    "names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_service
)
@click.option(
    "--forget",
    is_flag=True,
    help="Of services whose host or home is gone for good; nothing is ended.",
)
@yes_option
@pass_session
def delete(session: Session, names: tuple[str, ...], forget: bool, yes: bool) -> None:
    """Delete services: their processes, files, keys and revisions. Models stay."""
    found = [session.workspace.services.get(name) for name in names]
    if forget:
        session.confirm(
            f"Forget {', '.join(names)}? What runs of them elsewhere is not ended.", yes=yes
        )
    else:
        session.confirm(
            f"Delete {', '.join(names)} for good, with processes, keys and revisions?", yes=yes
        )
    for each in found:
        if forget:
            each.forget()
        else:
            each.delete()
        click.echo(f"{'Forgot' if forget else 'Deleted'} {each.name}.")


@service.command()
@service_argument
@click.option("--key-file", metavar="FILE", help="Where the key is saved, or is to be.")
@click.option(
    "--input",
    "body",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The file to send.  [default: the sample input of the project file here, or what run() "
    "declares, written out]",
)
@pass_session
def curl(session: Session, name: str, key_file: str | None, body: str | None) -> None:
    """Print the curl command that scores a file, or an example.

    The key is read from a file: on a command line every user of the machine could see it.
    """
    service = session.workspace.services.get(name)
    told = session.workspace_name
    lines = curl_lines(service, key_file=key_file, body=body, workspace=told)
    for line in lines:
        click.echo(line)
    for file in (UNKNOWN, UNKNOWN_RAW):
        if f"@{file} " in lines[-1] and not Path(file).exists():
            click.echo(f"Write what it takes into {file}, or give --input.", err=True)


@service.command()
@service_argument
@pass_session
def export(session: Session, name: str) -> None:
    """Print the project file of a service, to be kept as brygga.toml beside its code.

    Deployed again it changes nothing. Code, secrets and keys are not in it.
    """
    click.echo(session.workspace.services.get(name).export(), nl=False)


def _show_first_deployment(session: Session, operation: Operation, *, as_json: bool) -> None:
    """Of a service that is only being made: its row comes with its first revision."""
    row = {"name": operation.subject.name, "state": str(ServiceState.TRANSITIONING)}
    if as_json:
        shown = operation_json(operation, workspace=session.workspace_name)
        print_json({**row, "error": None, "operation": shown})
        return
    print_fields(row)
    click.echo(headline(operation))
    print_operation(operation, workspace=session.workspace_name)
