"""The signatures of azureml-core 1.61, read from the contract file beside this checkout."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTRACT = Path(__file__).parents[2].parent / "shared/contract/azureml-core-1.61-signatures.txt"
_CLASS = re.compile(r"### class (\w+)\(.*\)  \[([\w/]+)\.py\]")
_MEMBER = re.compile(r"  (?P<decorators>@\S+)? ?(?P<name>\w+)\((?P<arguments>.*)\)$")
_ATTRIBUTE = re.compile(r"  attr (?P<name>\w+) = ")


@dataclass(frozen=True)
class Member:
    """A member as v1 has it.

    Attributes:
        parameters: Name, and the source of the default; None where there is none. `*` and `**`
            are a part of the name.
    """

    module: str
    owner: str
    name: str
    decorators: str
    parameters: tuple[tuple[str, str | None], ...]

    @property
    def member(self) -> str:
        """`Class.name`."""
        return f"{self.owner}.{self.name}"


def members() -> Iterator[Member]:
    """Every member of every class, in the file's order."""
    module = owner = ""
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        if found := _CLASS.match(line):
            owner, module = found[1], "azureml.core." + found[2].replace("/", ".")
            yield Member(module, owner, "", "class", ())
        elif found := _ATTRIBUTE.match(line):
            yield Member(module, owner, found["name"], "attr", ())
        elif found := _MEMBER.match(line):
            parameters = tuple(_parameters(found["arguments"]))
            yield Member(module, owner, found["name"], found["decorators"] or "", parameters)


def _parameters(text: str) -> Iterator[tuple[str, str | None]]:
    arguments = ast.parse(f"def f({text}): ...").body[0].args  # type: ignore[attr-defined]
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
    for each, default in zip(plain, defaults, strict=True):
        yield each.arg, None if default is None else ast.unparse(default)
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}", None
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}", None
