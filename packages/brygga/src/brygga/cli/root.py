"""`brygga` itself: the options that hold for all commands, and what becomes of failures."""

from __future__ import annotations

from typing import Any

import click

from brygga.cli.lazy import LazyGroup
from brygga.cli.session import Session

COMMANDS = {
    "new": ("brygga.cli.new:new", "Begin a project in FOLDER that can be deployed at once."),
    "demo": ("brygga.cli.demo:demo", "Train, deploy and score a model, step by step."),
    "doctor": ("brygga.cli.doctor:doctor", "Look for what would keep Brygga from working here."),
    "test": ("brygga.cli.test:test", "Run an entry script on given input, without a service."),
    "deploy": ("brygga.cli.deploy:deploy", "Make a model the web service NAME, or update it."),
    "project": ("brygga.cli.project:project", "Look at project files: brygga.toml."),
    "workspace": ("brygga.cli.workspace:workspace", "Where models and services are kept."),
    "model": ("brygga.cli.model:model", "Register, list and fetch models."),
    "environment": ("brygga.cli.environment:environment", "Lock and keep sets of packages."),
    "image": ("brygga.cli.image:image", "Build, keep and ship images of models."),
    "target": (
        "brygga.cli.target:target",
        "Declare the clusters that services are deployed to.",
    ),
    "service": ("brygga.cli.service:service", "Look after what is deployed."),
    "top": ("brygga.cli.top:top", "Watch all services: requests, errors, times and memory."),
    "operation": ("brygga.cli.operation:operation", "Follow deployments, builds and runs."),
    "gc": ("brygga.cli.gc:gc", "Remove what nothing uses any more, in all workspaces."),
    "completion": ("brygga.cli.completion:completion", "Print the completion script of a shell."),
}


class Root(LazyGroup):
    """The group of all commands; a failure of any of them ends here."""

    table = COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, which takes `--workspace` as `brygga` itself does."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _accept_workspace(command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; usage errors go on to click, which exits with 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            return self._interrupted(ctx)
        except Exception as error:  # noqa: BLE001  the boundary of the process
            from brygga.cli import failure

            session = ctx.ensure_object(Session)
            failure.report(
                error,
                debug=session.debug,
                as_json=session.as_json,
                workspace=session.workspace_name,
            )
            ctx.exit(failure.FAILED)

    @staticmethod
    def _interrupted(ctx: click.Context) -> None:
        from brygga.cli import failure

        click.echo(f"\nInterrupted. {ctx.ensure_object(Session).when_interrupted}", err=True)
        ctx.exit(failure.INTERRUPTED)


def _remember_workspace(ctx: click.Context, _: click.Parameter, name: str | None) -> None:
    if name is not None:
        ctx.ensure_object(Session).workspace_name = name


_WORKSPACE = click.Option(
    ["--workspace"],
    metavar="NAME",
    expose_value=False,
    callback=_remember_workspace,
    help="The workspace to use, instead of the one this folder belongs to.",
)


def _accept_workspace(command: click.Command) -> None:
    """Lets the option stand after a command and after those below it, too."""
    if _WORKSPACE not in command.params:
        command.params.append(_WORKSPACE)
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _accept_workspace(inner)


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"brygga {version('brygga')}")
        ctx.exit()


@click.group(
    cls=Root,
    params=[_WORKSPACE],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def brygga(ctx: click.Context, debug: bool) -> None:
    """Turn a trained model into a web service, on this machine or a cluster.

    `brygga demo` shows all of it in a minute.
    """
    ctx.ensure_object(Session).debug = debug
