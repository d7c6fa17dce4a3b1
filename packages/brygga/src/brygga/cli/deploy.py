"""`brygga deploy`: a model becomes a web service, or a service is updated."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brygga.cli import failure
from brygga.cli.base_options import BaseImageOptions, base_image_options
from brygga.cli.completion import complete_deployable
from brygga.cli.container_options import ContainerOptions, container_options
from brygga.cli.curl import command_of, curl_lines
from brygga.cli.environment_options import EnvironmentOptions, environment_options
from brygga.cli.key_values import as_dict, pair
from brygga.cli.output import json_option, print_json
from brygga.cli.progress import shown_operation, shown_progress, verbose_option
from brygga.cli.project_options import ProjectOptions, project_options
from brygga.cli.script_options import ScriptOptions, script_options
from brygga.cli.secret_values import secrets
from brygga.cli.service_run import option_for
from brygga.cli.session import Session, pass_session
from brygga.cli.spec_options import spec_options
from brygga.errors import BryggaError
from brygga.operations import OperationKind, Subject, SubjectKind
from brygga.project.document import shown

if TYPE_CHECKING:
    from brygga.services import Service

WOULD_CHANGE = 2
"""What `--exit-code` ends with."""


@dataclass(frozen=True)
class _Request:
    """One service to deploy.

    Attributes:
        keywords: Of `ServiceCollection.deploy`.
        sample: A file with an input, where the project file names one.
    """

    name: str
    keywords: dict[str, Any]
    sample: Path | None = None


@click.command()
@click.argument("name", required=False, shell_complete=complete_deployable)
@project_options
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--exit-code", is_flag=True, help="With --dry-run: end with 2 if anything would.")
@script_options
@environment_options
@base_image_options
@container_options
@click.option(
    "--target",
    help="Where the service runs: process, container or a declared cluster.  "
    "[default: process, for a new service]",
)
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
@json_option
@verbose_option
@pass_session
def deploy(
    session: Session,
    *,
    name: str | None,
    project: ProjectOptions,
    dry_run: bool,
    exit_code: bool,
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
    as_json: bool,
    verbose: bool,
) -> None:
    """Make a model the web service NAME, or update it.

    Without NAME it is the service of the project file, brygga.toml; options win over what the
    file says. The packages come from --conda, --requirements or --package; without any, they are
    what the script imports, at the versions installed here. Of a service that is there, what
    neither says of limits, access and serving stays as it is; without a script so do its code,
    models and packages.
    """
    session.when_interrupted = "Run the command again to go on; what is half made is cleaned up."
    if exit_code and not dry_run:
        raise click.UsageError("--exit-code belongs to --dry-run.")
    over = {
        **_served(session, script, packages, container),
        **base.given,
        **options,
        "environment_variables": script.variables or None,
        "tls": container.tls,
        "target": target,
        "tags": as_dict(tags) or None,
        "description": description,
        "secrets": secret_values or None,
    }
    said = {keyword: value for keyword, value in over.items() if value is not None}
    requests = [*_requests(session, name, project, said, packages)]
    if dry_run:
        _show_plans(session, requests, as_json=as_json, exit_code=exit_code, verbose=verbose)
        return
    if project.everything:
        _deploy_all(session, requests, timeout, wait=not no_wait, verbose=verbose)
        return
    (request,) = requests
    service = _deploy(session, request, timeout, wait=not no_wait, verbose=verbose)
    if as_json:
        print_json(service.snapshot().to_dict())
    else:
        _show_next_steps(service, request.sample, session.workspace_name)


def _served(
    session: Session,
    script: ScriptOptions,
    packages: EnvironmentOptions,
    container: ContainerOptions,
) -> dict[str, Any]:
    """An image, or what one would be made of."""
    if container.image is not None:
        if script.given:
            raise click.UsageError("--image has script and models in it: give either.")
        return {"image": container.image}
    return {
        "models": script.find_models(session.workspace) if script.models else None,
        "entry_script": script.entry_script,
        "source_directory": script.source_dir,
        "environment": packages.environment(session.workspace) if packages.given else None,
    }


def _requests(
    session: Session,
    name: str | None,
    project: ProjectOptions,
    said: dict[str, Any],
    packages: EnvironmentOptions,
) -> Iterator[_Request]:
    """What is to be deployed, as the project file and the command say it."""
    workspace = session.workspace
    described = [*project.services(workspace, name, said.get("target"))]
    for each in described:
        keywords = each.keywords(workspace.environments.registered, said)
        if workspace.services.find(each.name) is None:
            each.check_script(keywords)
        yield _Request(each.name, packages.completed(workspace, keywords), each.sample_input)
    if described or name is None:
        return
    if (
        not {"image", "entry_script", "models"} & set(said)
        and workspace.services.find(name) is None
    ):
        told = project.told()
        raise click.UsageError(
            f"There is no service {name!r} yet: give its --entry-script or --model, or "
            f"{f'name one that {told}' if told else 'describe it in brygga.toml'}."
        )
    yield _Request(name, packages.completed(workspace, said))


def _deploy_all(
    session: Session, requests: list[_Request], timeout: float | None, *, wait: bool, verbose: bool
) -> None:
    """One after another; what fails is said, the others go on, and the end sums up."""
    made, failed = [], []
    for each in requests:
        try:
            made.append((_deploy(session, each, timeout, wait=wait, verbose=verbose), each.sample))
        except (BryggaError, OSError) as error:
            failed.append({"name": each.name, "error": failure.sentence(error)})
            failure.report(error, debug=session.debug, workspace=session.workspace_name)
    if session.as_json:
        print_json([*(service.snapshot().to_dict() for service, _ in made), *failed])
    else:
        for service, sample in made:
            _show_next_steps(service, sample, session.workspace_name)
    if failed:
        names = ", ".join(each["name"] for each in failed)
        click.echo(f"{len(failed)} of {len(requests)} failed: {names}.", err=True)
        click.get_current_context().exit(failure.FAILED)


def _deploy(
    session: Session, request: _Request, timeout: float | None, *, wait: bool, verbose: bool
) -> Service:
    name = request.name
    subject = Subject(SubjectKind.SERVICE, name)
    with shown_operation(session, OperationKind.DEPLOY, subject, verbose=verbose) as progress:
        service = session.workspace.services.deploy(name, **request.keywords, progress=progress)
        session.when_interrupted = (
            f"{name} goes on starting; see how it does: brygga service show {name}"
        )
        if wait:
            service.wait_for_deployment(timeout_s=timeout, progress=progress)
    return service


def _show_plans(
    session: Session, requests: list[_Request], *, as_json: bool, exit_code: bool, verbose: bool
) -> None:
    """Says what each would change, and ends with 2 for scripts that ask for it."""
    with shown_progress(verbose=verbose) as progress:
        plans = [
            session.workspace.services.plan(each.name, **each.keywords, progress=progress)
            for each in requests
        ]
    if as_json:
        print_json([plan.to_dict() for plan in plans])
    else:
        for plan in plans:
            click.echo("\n".join([*plan.remarks, str(plan)]))
    if exit_code and any(plans):
        click.get_current_context().exit(WOULD_CHANGE)


def _show_next_steps(service: Service, sample: Path | None, workspace: str | None) -> None:
    name, brygga = service.name, shlex.join(command_of(workspace))
    click.echo(f"{name} is {str(service.state).lower()}, revision {service.revision}.")
    click.echo(f"  score   {service.scoring_uri}")
    if service.docs_uri is not None:
        click.echo(f"  docs    {service.docs_uri}")
    if sample is not None:
        option = option_for(sample)
        click.echo(f"  try     {brygga} service run {name} {option} {shlex.quote(shown(sample))}")
    body = None if sample is None else shown(sample)
    for line in curl_lines(service, body=body, workspace=workspace):
        click.echo(f"  call    {line}" if line.startswith("curl") else f"  key     {line}")
    click.echo(f"  logs    {brygga} service logs {name} -f")
    click.echo(f"  delete  {brygga} service delete {name}")
