"""`brygga image`: create, list, show, context, save, push, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.base_options import BaseImageOptions, base_image_options
from brygga.cli.command_group import CommandGroup
from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.key_values import as_dict, pair
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.progress import shown_operation, shown_progress, verbose_option
from brygga.cli.script_options import ScriptOptions, script_options
from brygga.cli.session import Session, pass_session
from brygga.operations import OperationKind, Subject, SubjectKind
from brygga.store.disk import size_text

if TYPE_CHECKING:
    from brygga.images import Image

_REFERENCE = "NAME[:VERSION]"


@click.group(cls=CommandGroup)
def image() -> None:
    """Build, keep and ship images of models."""


@image.command()
@click.argument("name")
@script_options
@environment_options
@base_image_options
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
@click.option("--no-wait", is_flag=True, help="Do not wait until it is built.")
@verbose_option
@json_option
@pass_session
def create(
    session: Session,
    *,
    name: str,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    base: BaseImageOptions,
    tags: tuple[tuple[str, str], ...],
    properties: tuple[tuple[str, str], ...],
    description: str,
    no_wait: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Keep models, script and packages as the next version of the image NAME, and build it.

    Where no container engine answers it is recorded all the same, and can be deployed to targets
    that need no image.
    """
    if script.environment_variables:
        raise click.UsageError("--env belongs to a service: give it to `brygga deploy`.")
    subject = Subject(SubjectKind.IMAGE, name)
    with shown_operation(session, OperationKind.BUILD, subject, verbose=verbose) as progress:
        made = session.workspace.images.create(
            name,
            models=script.find_models(session.workspace),
            entry_script=script.script,
            source_directory=script.source_dir,
            environment=packages.environment_for(session.workspace, script),
            **base.given,
            tags=as_dict(tags),
            properties=as_dict(properties),
            description=description,
            progress=progress,
        )
        if not no_wait:
            made.wait_for_creation()
    if as_json:
        print_json(_fields(made))
        return
    click.echo(_outcome(made))


@image.command("list")
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, metavar="K[=V]", help="Only those with this tag.")
@click.option("--model", metavar=_REFERENCE, help="Only those with this model.")
@json_option
@pass_session
def list_images(
    session: Session, *, name: str | None, tags: tuple[str, ...], model: str | None, as_json: bool
) -> None:
    """List the images, or the versions of the image NAME."""
    found = session.workspace.images.list(name, tags=tags, model=model)
    rows = [_fields(each) for each in found]
    if as_json:
        print_json(rows)
        return
    for row, each in zip(rows, found, strict=True):
        row["size"] = "" if each.size is None else size_text(each.size)
    print_table(
        rows,
        ("id", "state", "size", "models", "created_at"),
        empty="No images. Make one: brygga image create NAME --entry-script score.py",
    )


@image.command()
@click.argument("reference", metavar=_REFERENCE)
@json_option
@pass_session
def show(session: Session, reference: str, as_json: bool) -> None:
    """Show an image and the digests of what is inside."""
    found = session.workspace.images.get(reference)
    row = {**_fields(found), "digests": found.digests}
    if as_json:
        print_json(row)
    else:
        print_fields({**row, "size": None if found.size is None else size_text(found.size)})


@image.command()
@click.argument("reference", metavar=_REFERENCE)
@click.option("--follow", "-f", is_flag=True, help="Go on until it is built.")
@pass_session
def log(session: Session, reference: str, follow: bool) -> None:
    """Print the log of an image's build."""
    found = session.workspace.images.get(reference)
    if follow:
        found.wait_for_creation(show_output=True)
    else:
        click.echo(found.build_log())


@image.command()
@click.argument("reference", metavar=_REFERENCE)
@click.argument("folder", type=click.Path(path_type=Path))
@pass_session
def context(session: Session, reference: str, folder: Path) -> None:
    """Write what an image is built from into FOLDER, with a Dockerfile, to build it elsewhere."""
    with shown_progress() as progress:
        written = session.workspace.images.get(reference).write_context(folder, progress=progress)
    click.echo(f"Build it with: docker build {written}")


@image.command()
@click.argument("reference", metavar=_REFERENCE)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def save(session: Session, reference: str, file: Path) -> None:
    """Write an image to FILE; `docker load` takes it, and it runs without Brygga or a network."""
    found = session.workspace.images.get(reference)
    with shown_progress() as progress:
        written = found.save(file, progress=progress)
    click.echo(f"Load it with: docker load --input {written}")
    click.echo(f"Run it with:  docker run --read-only --publish 5001:5001 {found.location}")


@image.command()
@click.argument("reference", metavar=_REFERENCE)
@click.argument("target", metavar="REGISTRY/NAME[:TAG]")
@verbose_option
@pass_session
def push(session: Session, reference: str, target: str, verbose: bool) -> None:
    """Push an image to a registry, with the credentials of `docker login` or `podman login`."""
    with shown_progress(verbose=verbose) as progress:
        digest = session.workspace.images.get(reference).push(target, progress=progress)
    click.echo(f"Pushed {target} {digest}".rstrip())


@image.command()
@click.argument("references", metavar=f"{_REFERENCE}...", nargs=-1, required=True)
@pass_session
def delete(session: Session, references: tuple[str, ...]) -> None:
    """Delete versions of images; refused while a service or one of its kept revisions uses it."""
    for reference in references:
        found = session.workspace.images.get(reference)
        found.delete()
        click.echo(f"Deleted {found.id}.")


def _outcome(image: Image) -> str:
    """What became of it, and where to go from there."""
    if image.creation_state.value != "Succeeded":
        return f"{image.id} is {image.creation_state.value.lower()}: brygga image log {image.id}"
    if image.location is not None:
        return f"{image.id} is built: {image.location}"
    return (
        f"{image.id} is recorded, with its models, code and packages; no container engine "
        "answers, so no image of it is built.\n"
        f"  deploy it as processes       brygga deploy NAME --image {image.id} --target process\n"
        f"  build it on another machine  brygga image context {image.id} FOLDER"
    )


def _fields(image: Image) -> dict[str, object]:
    return {
        "id": image.id,
        "name": image.name,
        "version": image.version,
        "state": image.creation_state.value,
        "error": image.error or None,
        "location": image.location,
        "size": image.size,
        "models": list(image.models),
        "tags": dict(image.tags),
        "properties": dict(image.properties),
        "description": image.description,
        "digest": image.digest,
        "created_at": image.created_at,
        "created_by": image.created_by,
    }
