"""Command lines of ours, in texts: the real parser takes them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from brygga.cli.root import COMMANDS, brygga

_LINE = re.compile(rf"brygga (?:--\w+ \w+ )?(?:{'|'.join(COMMANDS)})\b[^`\n;:,()$\"]*")


def parse(line: str) -> None:
    """Has the real parser take a command, and runs nothing."""
    program, *arguments = shlex.split(line)
    assert program == "brygga"
    context = click.Context(brygga, info_name="brygga")
    arguments = [each for each in arguments if each != "..."]
    command: click.Command = brygga
    while isinstance(command, click.Group) and arguments:  # alone it shows its help
        context = command.make_context(command.name, arguments, parent=context.parent)
        _, found, arguments = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    parser = command.make_parser(context)
    parser.parse_args(list(arguments))


def lines_in(path: Path) -> Iterator[str]:
    """The command lines that a module's texts hold; what is filled in is `x`.

    But for `{brygga}`, which is the command, maybe with its `--workspace`.
    """
    nodes = list(ast.walk(ast.parse(path.read_text())))
    pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if id(node) in pieces:
            continue  # it is read with the rest of its text
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        for found in _LINE.findall("".join(map(_text, parts))):
            yield found.strip().rstrip(".")


def _text(part: ast.AST) -> str:
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return part.value
    if not isinstance(part, ast.FormattedValue):
        return ""
    return "brygga" if isinstance(part.value, ast.Name) and part.value.id == "brygga" else "x"
