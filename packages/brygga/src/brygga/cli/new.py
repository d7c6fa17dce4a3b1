"""`brygga new`: a folder with a project that can be deployed at once."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from brygga.cli.curl import command_of
from brygga.cli.session import Session, pass_session
from brygga.project.document import shown
from brygga.scaffolds import TEMPLATES, Scaffold, scaffold_of_model, scaffold_of_template

_USUAL = "plain"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--template",
    type=click.Choice([*TEMPLATES]),
    help=f"The kind of project: {'; '.join(f'{n}: {t.help}' for n, t in TEMPLATES.items())}.",
)
@click.option(
    "--from-model",
    "model",
    type=click.Path(path_type=Path),
    help="Write what serves this model: a pickle, a file of joblib, ONNX, XGBoost or LightGBM, or "
    "a folder of MLflow's. Nothing of it is executed.",
)
@pass_session
def new(session: Session, *, folder: Path | None, template: str | None, model: Path | None) -> None:
    """Begin a project in FOLDER that can be deployed at once.

    It has score.py, brygga.toml, the packages, a sample input and a test. The service is named
    after the folder. On a terminal it asks for the rest; with --from-model FOLDER is the
    current one unless it is given. No file that is there is written over.
    """
    if model is not None and template is not None:
        raise click.UsageError("--template and --from-model exclude each other: use one of them.")
    if folder is None:
        folder = Path() if model is not None else _asked_folder(session)
    if model is not None:
        scaffold = scaffold_of_model(model, folder)
    else:
        scaffold = scaffold_of_template(template or _asked_template(session))
    name = scaffold.write(folder)
    _show(scaffold, folder, name, session.workspace_name)


def _asked_folder(session: Session) -> Path:
    if not session.somebody_answers:
        raise click.UsageError("Missing argument 'FOLDER': the folder that is to be made.")
    return Path(click.prompt("Folder (the service is named after it)", err=True))


def _asked_template(session: Session) -> str:
    if not session.somebody_answers:
        return _USUAL
    for name, each in TEMPLATES.items():
        click.echo(f"  {name:8} {each.help}", err=True)
    choice = click.Choice([*TEMPLATES])
    return str(click.prompt("Template", type=choice, default=_USUAL, show_choices=False, err=True))


def _show(scaffold: Scaffold, folder: Path, name: str, workspace: str | None) -> None:
    own = folder.absolute().name
    for note in scaffold.notes:
        click.echo(note)
    listed = ", ".join(dict.fromkeys(place.partition("/")[0] for place in scaffold.places))
    elsewhere = folder.resolve() != Path.cwd()
    click.echo(f"{shown(folder) if elsewhere else 'This folder'} has {listed}.")
    if name != own:
        click.echo(
            f"The service is called {name}: a service cannot be called {own!r}. Its name stands in "
            "brygga.toml."
        )
    brygga = shlex.join(command_of(workspace))
    if elsewhere:
        place = shown(folder)
        # What begins with a dash would be taken for an option of cd.
        click.echo(f"  cd {shlex.quote(f'./{place}' if place.startswith('-') else place)}")
    if scaffold.sample is not None:
        click.echo(f"  {brygga} test")
    click.echo(f"  {brygga} deploy")
