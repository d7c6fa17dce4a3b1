"""The reference of all commands, as the page docs/cli.md."""

from __future__ import annotations

from collections.abc import Iterator

import click

from brygga.cli.root import brygga

_INTRODUCTION = """\
<!-- Written by `make docs` from the commands themselves. -->
# The command line

Every listing and every `show` has `--json`. A command ends with 0 when it is done, 1 when it
failed, 2 when it was called wrongly, 130 when it was interrupted. A failure is one line and a hint
on stderr, with `--json` also an object on stdout ([errors](errors.md)); `brygga --debug COMMAND`
adds the traceback. Progress goes to stderr too, so what a command prints on stdout can be piped.
"""


def markdown() -> str:
    """The page, the same wherever and whenever it is made."""
    context = click.Context(brygga, info_name="brygga", **brygga.context_settings)
    return "\n".join([_INTRODUCTION, *(_section(each) for each in _commands(context))])


def _commands(context: click.Context) -> Iterator[click.Context]:
    yield context
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(click.Context(inner, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    # The help text as click lays it out, at a width of its own rather than the terminal's.
    formatter = click.HelpFormatter(width=96, max_width=96)
    context.command.format_help(context, formatter)
    level = "##" if context.parent is None or context.parent.parent is None else "###"
    return f"{level} {context.command_path}\n\n```text\n{formatter.getvalue()}```\n"
