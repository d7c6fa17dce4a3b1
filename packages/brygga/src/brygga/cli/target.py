"""`brygga target`: declare clusters, look at them, and forget them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brygga.cli import failure
from brygga.cli.check_lines import check_json, show_check
from brygga.cli.command_group import CommandGroup
from brygga.cli.output import json_option, print_fields, print_json, print_table
from brygga.cli.session import Session, pass_session
from brygga.targets.declared import EXPOSES, DeclaredTarget, Expose

_name = click.argument("name")


@click.group(cls=CommandGroup)
def target() -> None:
    """Declare the clusters that services are deployed to."""


@target.command()
@_name
@click.option(
    "--registry",
    required=True,
    metavar="REF",
    help="Where images are pushed to and the cluster pulls from, as HOST/PATH; http://HOST:PORT "
    "where it speaks plain HTTP.",
)
@click.option("--kubeconfig", metavar="FILE", help="Instead of $KUBECONFIG or ~/.kube/config.")
@click.option("--context", metavar="NAME", help="Of the file, instead of its current one.")
@click.option("--namespace", metavar="NAME", help="Where services live; `default` unless given.")
@click.option("--expose", type=click.Choice(EXPOSES), help="How requests get in.")
@click.option(
    "--host",
    help="Of an ingress, as {service}.example.com; with node-port the address of the nodes.",
)
@click.option("--path", help="Of an ingress, as /{service}; / unless given.")
@click.option("--ingress-class", metavar="NAME", help="Instead of the cluster's default one.")
@click.option("--tls-secret", metavar="NAME", help="With the certificate of the ingress's host.")
@click.option("--replace", is_flag=True, help="Take the place of one that is declared already.")
@pass_session
def add(
    session: Session,
    name: str,
    *,
    registry: str,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    expose: Expose | None,
    host: str | None,
    path: str | None,
    ingress_class: str | None,
    tls_secret: str | None,
    replace: bool,
) -> None:
    """Declare a namespace of a Kubernetes cluster as NAME, for `brygga deploy --target NAME`.

    Nothing is asked of the cluster; `brygga target check NAME` does that. Credentials stay in the
    kubeconfig.
    """
    if kubeconfig is not None:
        kubeconfig = str(Path(kubeconfig).expanduser().resolve())
    given: dict[str, Any] = {
        "registry": registry, "kubeconfig": kubeconfig, "context": context,
        "namespace": namespace, "expose": expose, "host": host, "path": path,
        "ingress_class": ingress_class, "tls_secret": tls_secret,
    }  # fmt: skip
    settings = {key: value for key, value in given.items() if value is not None}
    made = session.workspace.targets.add(name, replace=replace, **settings)
    click.echo(f"Declared {made.name}. See whether all is there: brygga target check {made.name}")


@target.command("list")
@json_option
@pass_session
def list_targets(session: Session, as_json: bool) -> None:
    """List the declared clusters."""
    rows = [_fields(each) for each in session.workspace.targets.list()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows,
            ("name", "namespace", "expose", "registry", "kubeconfig", "context"),
            empty="No targets. Declare one: brygga target add NAME --registry REF",
        )


@target.command()
@_name
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Show what is declared of a cluster."""
    fields = _fields(session.workspace.targets.get(name))
    if as_json:
        print_json(fields)
    else:
        print_fields({key: value for key, value in fields.items() if value})


@target.command()
@_name
@pass_session
def remove(session: Session, name: str) -> None:
    """Forget a cluster; nothing in it is touched. Refused as long as services run there."""
    session.workspace.targets.remove(name)
    click.echo(f"Removed {name}.")


@target.command()
@_name
@json_option
@pass_session
@click.pass_context
def check(ctx: click.Context, session: Session, name: str, as_json: bool) -> None:
    """Look at what a deployment would meet: rights, registry, quota, metrics, certificate.

    Ends with 1 where something has to be mended; advice does not count.
    """
    results = []
    for each in session.workspace.targets.check(name):
        results.append(each)
        if not as_json:
            show_check(each, session)
    if as_json:
        print_json([check_json(each, session) for each in results])
    if any(each.level == "failure" for each in results):
        ctx.exit(failure.FAILED)


@target.command()
@_name
@click.option("--nodes", is_flag=True, help="Also the right to look at nodes, outside of it.")
@pass_session
def role(session: Session, name: str, nodes: bool) -> None:
    """Print the Role that Brygga needs in the namespace, as YAML for its owner to apply."""
    import yaml

    found = session.workspace.targets.role(name, nodes=nodes)
    click.echo(yaml.safe_dump_all(found, sort_keys=False), nl=False)


def _fields(declared: DeclaredTarget) -> dict[str, object]:
    return {"name": declared.name, **declared.to_dict()}
