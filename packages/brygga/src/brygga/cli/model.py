"""`brygga model`: register, list, show, download, tag, update and delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.command_group import CommandGroup
from brygga.cli.completion import complete_model
from brygga.cli.key_values import as_dict, pair
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.session import Session, pass_session, yes_option
from brygga.store.disk import size_text

if TYPE_CHECKING:
    from brygga.models import Model

_REFERENCE = "NAME[:VERSION]"


@click.group(cls=CommandGroup)
def model() -> None:
    """Register, list and fetch models."""


@model.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--tag", "tags", multiple=True, callback=pair, metavar="K=V", help="May be repeated.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    callback=pair,
    metavar="K=V",
    help="Like a tag, but never to be changed. May be repeated.",
)
@click.option("--description", default="", help="In your own words.")
@click.option("--framework", help="The framework it was trained with, as ScikitLearn.")
@click.option("--framework-version", help="The version of that.")
@json_option
@pass_session
def register(
    session: Session,
    *,
    name: str,
    path: Path,
    tags: tuple[tuple[str, str], ...],
    properties: tuple[tuple[str, str], ...],
    description: str,
    framework: str | None,
    framework_version: str | None,
    as_json: bool,
) -> None:
    """Register the file or folder at PATH as the next version of the model NAME."""
    registered = session.workspace.models.register(
        name,
        path,
        tags=as_dict(tags),
        properties=as_dict(properties),
        description=description,
        framework=framework,
        framework_version=framework_version,
    )
    if as_json:
        print_json(_fields(registered))
        return
    click.echo(f"Registered {registered.id} ({size_text(registered.size)}).")
    click.echo(f"sha256 {registered.sha256}")


@model.command("list")
@click.argument("name", required=False, shell_complete=complete_model)
@click.option("--tag", "tags", multiple=True, metavar="K[=V]", help="Only those with this tag.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="K[=V]",
    help="Only those with this property.",
)
@click.option("--framework", help="Only those trained with it.")
@click.option("--latest", is_flag=True, help="Only the latest version of each.")
@json_option
@pass_session
def list_models(
    session: Session,
    *,
    name: str | None,
    tags: tuple[str, ...],
    properties: tuple[str, ...],
    framework: str | None,
    latest: bool,
    as_json: bool,
) -> None:
    """List the registered models, or the versions of the model NAME."""
    found = session.workspace.models.list(
        name, tags=tags, properties=properties, framework=framework, latest=latest
    )
    rows = [_fields(each) for each in found]
    if as_json:
        print_json(rows)
        return
    for row, each in zip(rows, found, strict=True):
        row.update(size=size_text(each.size), tags=[f"{k}={v}" for k, v in each.tags.items()])
    print_table(
        rows,
        ("name", "version", "size", "framework", "tags", "created_at"),
        empty="No models. Register one: brygga model register NAME PATH",
    )


@model.command()
@click.argument("reference", metavar=_REFERENCE, shell_complete=complete_model)
@json_option
@pass_session
def show(session: Session, reference: str, as_json: bool) -> None:
    """Show a model: the latest version, or the one that is named."""
    found = session.workspace.models.get(reference)
    if as_json:
        print_json(_fields(found))
    else:
        print_fields({**_fields(found), "size": size_text(found.size)})


@model.command()
@click.argument("reference", metavar=_REFERENCE, shell_complete=complete_model)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to write it into; it keeps its own name.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@pass_session
def download(session: Session, reference: str, output: Path, overwrite: bool) -> None:
    """Write a model's file or folder; its sha256 is checked."""
    written = session.workspace.models.get(reference).download(output, exist_ok=overwrite)
    click.echo(written)


@model.command()
@click.argument("reference", metavar=_REFERENCE, shell_complete=complete_model)
@click.argument("tags", nargs=-1, callback=pair, metavar="[K=V]...")
@click.option("--remove", multiple=True, metavar="K", help="Remove this tag. May be repeated.")
@pass_session
def tag(
    session: Session, reference: str, tags: tuple[tuple[str, str], ...], remove: tuple[str, ...]
) -> None:
    """Add, change or remove tags of a model."""
    if not tags and not remove:
        raise click.UsageError("Say which: K=V to set a tag, --remove K to remove one.")
    found = session.workspace.models.get(reference)
    if tags:
        found.add_tags(as_dict(tags))
    if remove:
        found.remove_tags(remove)
    click.echo(f"Tagged {found.id}.")


@model.command()
@click.argument("reference", metavar=_REFERENCE, shell_complete=complete_model)
@click.option("--description", required=True, help="In your own words.")
@pass_session
def update(session: Session, reference: str, description: str) -> None:
    """Change the description of a model."""
    found = session.workspace.models.get(reference)
    found.update(description=description)
    click.echo(f"Updated {found.id}.")


@model.command()
@click.argument("references", metavar=f"{_REFERENCE}...", nargs=-1, required=True)
@yes_option
@pass_session
def delete(session: Session, references: tuple[str, ...], yes: bool) -> None:
    """Delete versions of models: the latest of a name, or the one that is named.

    Refused while a service or one of its kept revisions uses it.
    """
    found = [session.workspace.models.get(reference) for reference in references]
    session.confirm(f"Delete {', '.join(each.id for each in found)} for good?", yes=yes)
    for each in found:
        each.delete()
        click.echo(f"Deleted {each.id}.")


def _fields(model: Model) -> dict[str, object]:
    return {
        "id": model.id,
        "name": model.name,
        "version": model.version,
        "description": model.description,
        "framework": model.framework,
        "framework_version": model.framework_version,
        "tags": dict(model.tags),
        "properties": dict(model.properties),
        "size": model.size,
        "sha256": model.sha256,
        "files": [file.path for file in model.files],
        "created_at": model.created_at,
        "created_by": model.created_by,
    }
