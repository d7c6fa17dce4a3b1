"""A group of commands that imports a command's module only when it is run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import ClassVar

import click

from brygga.cli.command_group import CommandGroup


class LazyGroup(CommandGroup):
    """A `click.Group` that knows its commands by where they are.

    `brygga --help` shows every command's line of help and must not pay for what they import, so
    the lines stand in the table too; a test holds them to those of the commands.

    Attributes:
        table: Name to the place (`module:attribute`) and the line of help.
    """

    table: ClassVar[Mapping[str, tuple[str, str]]]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of the table, which is the order in which people meet them."""
        return list(self.table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Imports the command, or returns None where there is none of that name."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Writes the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])
