"""`brygga service run`: sends data to a service, prints its answer as it comes."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import BinaryIO

import click

from brygga.cli.completion import service_argument
from brygga.cli.session import Session, pass_session
from brygga.services.payload import TABLES

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@service_argument
@click.option(
    "--input", "body", type=click.File("rb"), help="A file to send as it is; `-` is standard input."
)
@click.option("--data", metavar="JSON", help="The data, written out: '{\"data\": [1, 2]}'.")
@click.option(
    "--csv", "table", type=_file, help="A table to send, in the form that the script takes."
)
@click.option(
    "--image", type=_file, help="An image to send: the file to a raw script, its pixels to others."
)
@click.option("--timeout", type=float, default=70.0, show_default=True, metavar="SECONDS")
@pass_session
def run(
    session: Session,
    *,
    name: str,
    body: BinaryIO | None,
    data: str | None,
    table: Path | None,
    image: Path | None,
    timeout: float,
) -> None:
    """Send data to a service and print its answer as JSON; one that is streamed as it comes."""
    whole = None if body is None else body.read()
    given = [each for each in (whole, data, table, image) if each is not None]
    if len(given) != 1:
        raise click.UsageError("Give one of --input, --data, --csv and --image.")
    if table is not None and table.suffix.lower() not in TABLES:
        raise click.UsageError(f"--csv takes a file named {' or '.join(TABLES)}, not {table.name}.")
    if data is not None:
        _require_json(data)
    answer = session.workspace.services.get(name).stream(given[0], timeout_s=timeout)
    for part in answer:
        if answer.is_text or isinstance(part, bytes):
            click.echo(part, nl=False)
        else:
            click.echo(json.dumps(part, ensure_ascii=False))
    if answer.is_text:
        click.echo()


def option_for(file: Path) -> str:
    """The option that sends a file in the form that the script takes."""
    if file.suffix.lower() in TABLES:
        return "--csv"
    kind = mimetypes.guess_type(file.name)[0] or ""
    return "--image" if kind.startswith("image/") else "--input"


def _require_json(data: str) -> None:
    try:
        json.loads(data)
    except ValueError as error:
        file = data[1:] if data.startswith("@") and len(data) > 1 else "FILE"
        raise click.UsageError(
            f"--data is not JSON ({error}): {data[:80]}\n"
            f"Quote it for the shell, as '{{\"data\": [1, 2]}}'; --input {file} sends a file."
        ) from error
