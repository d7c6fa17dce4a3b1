"""`brygga deploy`: a model becomes a web service, or a service is updated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from brygga.cli.base_options import BaseImageOptions, base_image_options
from brygga.cli.completion import service_argument
from brygga.cli.container_options import ContainerOptions, container_options
from brygga.cli.curl import curl_lines
from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.key_values import as_dict, pair
from brygga.cli.progress import shown_operation, verbose_option
from brygga.cli.script_options import ScriptOptions, script_options
from brygga.cli.secret_values import secrets
from brygga.cli.session import Session, pass_session
from brygga.cli.spec_options import spec_options
from brygga.operations import OperationKind, Subject, SubjectKind

if TYPE_CHECKING:
    from brygga.environments import Environment
    from brygga.models import Model
    from brygga.services import Service


@click.command()
@service_argument
@script_options
@environment_options
@base_image_options
@container_options
@click.option("--target", help="What runs the service.  [default: process, for a new service]")
@spec_options
@click.option(
    "--secret",
    "secret_values",
    multiple=True,
    callback=secrets,
    metavar="NAME[=@FILE]",
    help="An environment variable of the script whose value is kept secret: the value of the "
    "variable of that name here, or the content of a file. May be repeated.",
)
@click.option("--tag", "tags", multiple=True, callback=pair, metavar="K=V", help="May be repeated.")
@click.option("--description", help="In your own words.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is ready.")
@click.option(
    "--timeout", type=float, metavar="SECONDS", help="How long to wait until it is ready."
)
@verbose_option
@pass_session
def deploy(
    session: Session,
    *,
    name: str,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    base: BaseImageOptions,
    container: ContainerOptions,
    target: str | None,
    options: dict[str, Any],
    secret_values: dict[str, str],
    tags: tuple[tuple[str, str], ...],
    description: str | None,
    no_wait: bool,
    timeout: float | None,
    verbose: bool,
) -> None:
    """Make a model the web service NAME, or update it.

    The packages come from --conda, --requirements or --package; without any, they are what the
    script imports, at the versions installed here. Of a service that is there, what is not said
    of limits, access and serving stays as it is; without a script so do models, code and packages.
    """
    session.when_interrupted = "Run the command again to go on; what is half made is cleaned up."
    subject = Subject(SubjectKind.SERVICE, name)
    with shown_operation(session, OperationKind.DEPLOY, subject, verbose=verbose) as progress:
        service = session.workspace.services.deploy(
            name,
            **_served(session, name, script, packages, container),
            **base.given,
            **options,
            environment_variables=script.variables or None,
            tls=container.tls,
            target=target,
            tags=as_dict(tags) or None,
            description=description,
            secrets=secret_values or None,
            progress=progress,
        )
        session.when_interrupted = (
            f"{name} goes on starting; see how it does: brygga service show {name}"
        )
        if not no_wait:
            service.wait_for_deployment(timeout_s=timeout, progress=progress)
    _show_next_steps(service)


class _Served(TypedDict, total=False):
    image: str
    models: list[Model]
    entry_script: Path
    source_directory: Path | None
    environment: Environment


def _served(
    session: Session,
    name: str,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    container: ContainerOptions,
) -> _Served:
    """An image, or what one would be made of; nothing, where a service goes on with what it has."""
    if container.image is not None:
        if script.given:
            raise click.UsageError("--image has script and models in it: give either.")
        return {"image": container.image}
    if not (script.given or packages.given) and session.workspace.services.find(name) is not None:
        return {}
    return {
        "models": script.find_models(session.workspace),
        "entry_script": script.script,
        "source_directory": script.source_dir,
        "environment": packages.environment_for(session.workspace, script),
    }


def _show_next_steps(service: Service) -> None:
    name = service.name
    click.echo(f"{name} is {str(service.state).lower()}, revision {service.revision}.")
    click.echo(f"  score   {service.scoring_uri}")
    for line in curl_lines(service):
        click.echo(f"  call    {line}" if line.startswith("curl") else f"  key     {line}")
    click.echo(f"  logs    brygga service logs {name} -f")
    click.echo(f"  delete  brygga service delete {name}")
