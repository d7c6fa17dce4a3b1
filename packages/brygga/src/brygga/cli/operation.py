"""`brygga operation`: list and show."""

from __future__ import annotations

import click

from brygga.cli import failure
from brygga.cli.command_group import CommandGroup
from brygga.cli.operation_view import as_json as operation_json
from brygga.cli.operation_view import headline, print_operation
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.progress import show_followed
from brygga.cli.session import Session, pass_session


@click.group(cls=CommandGroup)
def operation() -> None:
    """Follow deployments, builds and runs."""


@operation.command("list")
@click.argument("name", required=False)
@json_option
@pass_session
def list_operations(session: Session, name: str | None, as_json: bool) -> None:
    """List the last operations on this machine, newest first, or those about NAME."""
    found = session.workspace.operations.list(name)
    if as_json:
        print_json([operation_json(each, workspace=session.workspace_name) for each in found])
        return
    rows = [
        {
            "id": each.id,
            "kind": each.kind,
            "about": each.subject,
            "state": each.state,
            "revision": each.revision,
            "began_at": each.began_at,
            "took": f"{each.seconds:.1f} s",
            "phase": each.phases[-1].text if each.is_running and each.phases else None,
        }
        for each in found
    ]
    print_table(
        rows,
        ("id", "kind", "about", "state", "revision", "began_at", "took", "phase"),
        empty="No operations yet.",
    )


@operation.command()
@click.argument("reference", metavar="[ID|NAME]", default="")
@click.option("-f", "--follow", is_flag=True, help="Go on until it has ended.")
@json_option
@pass_session
@click.pass_context
def show(ctx: click.Context, session: Session, reference: str, follow: bool, as_json: bool) -> None:
    """Show an operation: its phases, how long each took, and why it failed if it did.

    The last one, or that of an ID, or the last about what has this NAME, as a service. Followed,
    it ends with 1 where the operation has not done what it was to do.
    """
    operations = session.workspace.operations
    if follow and as_json:
        raise click.UsageError("--json prints it as it is now: give it without --follow.")
    if follow:
        session.when_interrupted = "The operation goes on."
        last = show_followed(operations.follow(reference))
        click.echo(headline(last))
        if last.problem is not None:
            problem = last.problem
            failure.say(problem.message, problem.advice, workspace=session.workspace_name)
        if last.state != "done":
            ctx.exit(failure.FAILED)
        return
    found = operations.get(reference)
    if as_json:
        print_json(operation_json(found, workspace=session.workspace_name))
        return
    print_fields({"id": found.id, "operation": headline(found), "began_at": found.began_at})
    print_operation(found, workspace=session.workspace_name)
