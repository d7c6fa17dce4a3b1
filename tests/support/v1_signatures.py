"""The public names and signatures of azureml-core 1.61, which the repository keeps as a table."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).parents[1] / "unit/azureml/v1_signatures.tsv"


@dataclass(frozen=True)
class Member:
    """A member as v1 has it.

    Attributes:
        name: Empty for the class itself.
        kind: "class", "attribute", "property", "static", "of class" or "method".
        parameters: Name, and the source of the default; None where there is none. `*` and `**`
            are a part of the name.
    """

    module: str
    owner: str
    name: str
    kind: str
    parameters: tuple[tuple[str, str | None], ...]

    @property
    def member(self) -> str:
        """`Class.name`."""
        return f"{self.owner}.{self.name}"


def members() -> Iterator[Member]:
    """Every public member of every class."""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        module, owner, name, kind, *arguments = line.split("\t")
        yield Member(module, owner, name, kind, tuple(_parameters("".join(arguments))))


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
