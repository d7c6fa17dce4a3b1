"""Shell completion: the script for a shell, and the names that are completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from brygga.cli.session import Session

if TYPE_CHECKING:
    from brygga.workspace import Workspace


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    Put it where your shell reads it at start:

    \b
      bash  eval "$(brygga completion bash)"     in ~/.bashrc
      zsh   eval "$(brygga completion zsh)"      in ~/.zshrc
      fish  brygga completion fish > ~/.config/fish/completions/brygga.fish
    """  # noqa: D301 - click looks for the character, not for its spelling
    writer = get_completion_class(shell)
    assert writer is not None
    click.echo(writer(ctx.find_root().command, {}, "brygga", "_BRYGGA_COMPLETE").source())


def complete_model(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of models."""
    return _items(ctx, incomplete, lambda workspace: [m.name for m in workspace.models.list()])


def complete_service(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of services."""
    return _items(ctx, incomplete, lambda workspace: [*workspace.service_names])


def complete_deployable(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of services, and those that the project file here speaks of."""
    from brygga.project import Project

    def names(workspace: Workspace) -> list[str]:
        project = Project.find()
        described = [] if project is None else project.names
        return [*described, *workspace.service_names]

    del parameter
    return _items(ctx, incomplete, names)


service_argument = click.argument("name", shell_complete=complete_service)
"""NAME of a service that is there."""


def _items(
    ctx: click.Context, incomplete: str, names: Callable[[Workspace], list[str]]
) -> list[CompletionItem]:
    # The shell asks in the middle of a line: whatever goes wrong, it gets no names and no text.
    session = ctx.ensure_object(Session)
    try:
        found = sorted(set(names(session.glance())))
    except Exception:  # noqa: BLE001
        return []
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]
