"""`brygga workspace`: create, list, show, use, backup, restore and delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.command_group import CommandGroup
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.progress import shown_progress
from brygga.cli.session import Session, pass_session, yes_option
from brygga.hints import Action, Verb
from brygga.spellings import Language, spell
from brygga.store.disk import size_text

if TYPE_CHECKING:
    from brygga.workspace import Workspace


@click.group(cls=CommandGroup)
def workspace() -> None:
    """Where models and services are kept."""


@workspace.command()
@click.argument("name")
@click.option("--subscription", help="For a config.json of Azure's: the subscription it names.")
@click.option("--resource-group", help="For a config.json of Azure's: the group it names.")
@json_option
def create(name: str, subscription: str | None, resource_group: str | None, as_json: bool) -> None:
    """Create the workspace NAME."""
    from brygga.workspace import Workspace
    from brygga.workspace_folder import LOCAL

    made = Workspace.create(
        name, subscription_id=subscription or LOCAL, resource_group=resource_group or LOCAL
    )
    if as_json:
        print_json(_fields(made))
        return
    click.echo(f"Created the workspace {made.name!r}.")
    if (made.subscription_id, made.resource_group) == (LOCAL, LOCAL):
        click.echo(f"Use it in this folder with:\n  brygga workspace use {made.name}")
    else:
        click.echo("It is that of every folder whose config.json names it.")


@workspace.command("list")
@json_option
def list_workspaces(as_json: bool) -> None:
    """List the workspaces of this machine."""
    from brygga.workspace import Workspace

    rows = [_fields(each) for each in Workspace.list()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows,
            ("name", "resource_group", "subscription_id"),
            empty="No workspaces yet; `default` is made at its first use.",
        )


@workspace.command()
@click.argument("name", required=False)
@json_option
@pass_session
def show(session: Session, name: str | None, as_json: bool) -> None:
    """Show the workspace NAME, or the one this folder belongs to."""
    session.workspace_name = name or session.workspace_name
    fields = _fields(session.workspace)
    fields["models"] = len({model.name for model in session.workspace.models.list()})
    fields["services"] = len(session.workspace.services.list())
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)


@workspace.command()
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="Write it there instead of into this folder.",
)
def use(name: str, folder: Path) -> None:
    """Let this folder, and those below it, belong to the workspace NAME.

    Writes `.azureml/config.json`, which Azure ML SDK v1 looks for too.
    """
    from brygga.workspace import Workspace

    written = Workspace.get(name).write_config(folder)
    click.echo(f"Wrote {written}.")


@workspace.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@pass_session
def backup(session: Session, file: Path, overwrite: bool) -> None:
    """Write all of the workspace into FILE, while others work.

    Models, services, runs, keys and secrets; not what runs, nor environments and images, which are
    made again. FILE is there when it is whole, and can be read by its owner alone.
    """
    with shown_progress() as progress:
        made = session.workspace.backup(file, overwrite=overwrite, progress=progress)
    click.echo(
        f"Wrote {made.path} ({size_text(made.size)}): {made.blobs} contents, {made.files} files."
    )


@workspace.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Restore it as the workspace of this name.")
@click.option("--replace", is_flag=True, help="Also over what is in the workspace: that is lost.")
@yes_option
@json_option
@pass_session
def restore(
    session: Session, file: Path, *, name: str | None, replace: bool, yes: bool, as_json: bool
) -> None:
    """Make a workspace of what `backup` wrote into FILE.

    Each piece is verified by its digest. Interrupted, it goes on where it was when it is run again.
    """
    from brygga.workspace import Workspace

    if replace:
        session.confirm("Lose what is in the workspace?", yes=yes)
    session.when_interrupted = "Run the command again to go on."
    with shown_progress() as progress:
        done = Workspace.restore(file, name=name, replace=replace, progress=progress)
    if as_json:
        services = {"deploy": list(done.deploy), "restart": list(done.restart)}
        print_json({**_fields(done.workspace), **services})
        return
    chosen = done.workspace.name
    click.echo(f"Restored the workspace {chosen!r} from {file}.")
    if done.deploy or done.restart:
        click.echo(
            "These services do not run. Bring each back, as it was, from a folder whose project "
            "file does not name it:"
        )
    for verb, names in ((Verb.RECONFIGURE, done.deploy), (Verb.RESTART, done.restart)):
        for each in names:
            step = Action(verb, {"name": each})
            click.echo(f"  {spell(step, Language.COMMAND, workspace=chosen)}")


@workspace.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def delete(session: Session, name: str, yes: bool) -> None:
    """Delete the workspace NAME with its models; refused while it has services."""
    from brygga.workspace import Workspace

    found = Workspace.get(name)
    if not yes:
        if not session.somebody_answers:
            raise click.UsageError(
                f"Nobody is there to be asked whether {name!r} is to go for good: give --yes."
            )
        models = len(found.models.list())
        click.confirm(
            f"Delete the workspace {name!r} and its {models} model versions for good?", abort=True
        )
    found.delete()
    click.echo(f"Deleted the workspace {name!r}.")


def _fields(workspace: Workspace) -> dict[str, object]:
    return {
        "name": workspace.name,
        "resource_group": workspace.resource_group,
        "subscription_id": workspace.subscription_id,
    }
