"""Finds the texts for people in the sources, and what looks like code in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGES = Path(__file__).parents[2] / "packages"

_OURS = re.compile(
    r"\bbrygga (?:--|demo|doctor|test|deploy|workspace|model|environment|image|service|gc\b)"
)
_CALL = re.compile(r"[\w.]+\([^)]*\)")
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_ATTRIBUTE = re.compile(r"\b(?:service|workspace|model|image|run|ws)\.\w+")
_FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]+")


class Text(NamedTuple):
    """A text for people; what is filled in shows as `\u2026`."""

    place: str
    text: str


def texts(distribution: str, *, calls: frozenset[str]) -> Iterator[Text]:
    """What is given to calls of these names, and as `hint=`, `message` or `fix`."""
    for path in sorted((PACKAGES / distribution / "src").rglob("*.py")):
        tree = ast.parse(path.read_text())
        constants = _constants(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or _name(node.func) not in calls:
                continue
            given = [*node.args, *(k.value for k in node.keywords if k.arg != "code")]
            for each in given:
                for text in _strings(each, constants):
                    place = f"{path.relative_to(PACKAGES)}:{each.lineno}"
                    yield Text(place, text)


def constants(distribution: str) -> Iterator[Text]:
    """Every text of a distribution that is not the description of something."""
    for path in sorted((PACKAGES / distribution / "src").rglob("*.py")):
        tree = ast.parse(path.read_text())
        described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in described
            ):
                yield Text(f"{path.relative_to(PACKAGES)}:{node.lineno}", node.value)


def commands_in(text: str) -> list[str]:
    """What is a command of ours, or an option of one."""
    return [*_OURS.findall(text), *_FLAG.findall(text)]


def python_in(text: str) -> list[str]:
    """What is Python: calls, keywords, attributes."""
    return [*_CALL.findall(text), *_SNAKE.findall(text), *_ATTRIBUTE.findall(text)]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        owner = _name(function.value)
        return f"{owner}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names of a module stand for, as far as it is written there."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _strings(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The texts of an expression, each f-string as one; those of calls within are not its own."""
    match node:
        case ast.JoinedStr(parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "\u2026" for part in parts
            )
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp(_, one, other) | ast.BinOp(one, _, other):
            yield from _strings(one, constants)
            yield from _strings(other, constants)
        case ast.BoolOp(_, values) | ast.Tuple(values):
            for value in values:
                yield from _strings(value, constants)
        case ast.Name(name) if name in constants:
            yield from _strings(constants[name], {})
