"""One thing that can be asked of a service, and all that is known of it.

An option is a field of a group (`Resources`, `Access`, `Serving`). Its keyword in Python, its flag
of `brygga deploy`, its key in the stored spec, its line in `service show`, what can be changed and
what the server is told follow from that field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.spellings import option_flag

_HELP = "help"
G = TypeVar("G", bound="type[OptionGroup]")


def option(
    default: object,
    help_: str,
    *,
    low: float | None = None,
    high: float | None = None,
    told: bool | str = False,
    lasting: bool = False,
    variables: tuple[str, ...] = (),
) -> Any:
    """A field of a group, as `dataclasses.field` makes one.

    Args:
        default: What a new service has where nobody says anything.
        help_: A sentence for people.
        low: The least number, and `high` the greatest.
        told: Whether the server has a setting of that name, or by which name, and is told.
        lasting: Whether a server that runs cannot take another value, and is replaced.
        variables: Environment variables of Azure ML SDK v1 that mean it.
    """
    known = {
        _HELP: help_,
        "low": low,
        "high": high,
        "told": told,
        "lasting": lasting,
        "variables": variables,
    }
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=known)
    return field(default=default, metadata=known)


@dataclass(frozen=True)
class Option:
    """What is known of an option.

    Attributes:
        kind: The type of a value; None is one more value where it is `optional`.
        choices: All values there are, where they can be counted.
        flag: Of `brygga deploy`.
        setting: What the server calls it; empty where it is not told.
        lasting: Whether a server that runs cannot take another value, and is replaced.
    """

    name: str
    group: str
    kind: type
    choices: tuple[str, ...]
    optional: bool
    default: object
    help: str
    flag: str
    low: float | None
    high: float | None
    setting: str
    lasting: bool
    variables: tuple[str, ...]

    def check(self, value: object, *, called: str | None = None) -> object:
        """The value, of the option's type.

        Args:
            called: What the user has called it.

        Raises:
            InvalidInputError: it is of another; the sentence names both.
        """
        if value is None and self.optional:
            return value
        if self.choices:
            fits = value in self.choices
        elif self.kind in (int, float):
            fits = self._is_number(value)
        else:
            fits = isinstance(value, self.kind)
        if not fits:
            raise InvalidInputError(
                f"{called or self.name}={value!r} cannot be used.",
                code=ErrorCode.OPTION_INVALID,
                hint=f"Give {self.wanted}.",
            )
        return dict(value) if isinstance(value, Mapping) else value

    def _is_number(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | self.kind):
            return False
        above = self.low is None or self.low <= value  # type: ignore[operator]
        return above and (self.high is None or value <= self.high)  # type: ignore[operator]

    def parse(self, text: str, *, called: str | None = None) -> object:
        """The value that a text means; an empty one means the default.

        Args:
            called: What the user has called it.

        Raises:
            InvalidInputError: it means none.
        """
        if not text:
            return self.default
        if text.upper() in self.choices:
            return text.upper()
        try:
            value: object = _PARSERS.get(self.kind, str)(text)
        except (ValueError, KeyError):
            value = text
        return self.check(value, called=called)

    @property
    def wanted(self) -> str:
        """What a value has to be, in words."""
        if self.choices:
            return f"one of: {', '.join(self.choices)}"
        limits = [
            f"{word} {x:g}" for word, x in (("from", self.low), ("to", self.high)) if x is not None
        ]
        return " ".join([_WORDS.get(self.kind, "another value"), *limits])

    @property
    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema, less None."""
        if self.choices:
            return {"enum": list(self.choices)}
        schema: dict[str, Any] = dict(_SCHEMAS[self.kind])
        limits = {"minimum": self.low, "maximum": self.high}
        return schema | {name: limit for name, limit in limits.items() if limit is not None}


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text}" for name, text in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


_WORDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Mapping: "names and their texts, as NAME=TEXT",
}


_SCHEMAS: Mapping[type, Mapping[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Mapping: {"type": "object", "additionalProperties": {"type": "string"}},
}


def _pairs(text: str) -> dict[str, str]:
    if any("=" not in each for each in text.split(",")):
        raise ValueError("a name without a text")
    return {name: value for name, _, value in (each.partition("=") for each in text.split(","))}


_PARSERS: Mapping[type, Any] = {
    bool: lambda text: {"true": True, "yes": True, "false": False, "no": False}[text.lower()],
    int: int,
    float: float,
    Mapping: _pairs,
}


class OptionGroup:
    """Options that belong together. It knows which of them were said: the others stay as they are.

    None is said of nothing: it can be passed on from a caller who left it out.

    Attributes:
        called: Its name as a keyword, and as a heading of what is shown.
    """

    called: ClassVar[str]
    _given: frozenset[str]

    def __new__(cls, *_values: object, **given: object) -> Any:
        """Remembers the names of what is given."""
        made = super().__new__(cls)
        names = frozenset(name for name, value in given.items() if value is not None)
        object.__setattr__(made, "_given", names)
        return made

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in sorted(self.said().items()))
        return f"{type(self).__name__}({said})"

    def said(self) -> dict[str, object]:
        """What was given, by name."""
        return {name: getattr(self, name) for name in self._given}


def documented(group: G) -> G:
    """Adds what is known of its options to the docstring of a group."""
    lines = [f"    {each.name}: {each.metadata[_HELP]}" for each in _option_fields(group)]
    group.__doc__ = "\n".join([group.__doc__ or "", "", "Attributes:", *lines])
    return group


@cache
def options_of(*groups: type[OptionGroup]) -> Mapping[str, Option]:
    """The options of groups by name, in the order in which they are declared."""
    return {each.name: each for group in groups for each in _options(group)}


def _options(group: type[OptionGroup]) -> Iterator[Option]:
    hints = get_type_hints(group)
    for each in _option_fields(group):
        kind, choices, optional = _understood(hints[each.name])
        known = each.metadata
        yield Option(
            name=each.name,
            group=group.called,
            kind=kind,
            choices=choices,
            optional=optional,
            default={} if each.default is MISSING else each.default,
            help=known[_HELP],
            flag=option_flag(each.name),
            low=known["low"],
            high=known["high"],
            setting=each.name if known["told"] is True else known["told"] or "",
            lasting=known["lasting"],
            variables=known["variables"],
        )


def _option_fields(group: type[OptionGroup]) -> Iterator[Field[Any]]:
    return (each for each in fields(group) if _HELP in each.metadata)  # type: ignore[arg-type]


def _understood(hint: Any) -> tuple[type, tuple[str, ...], bool]:
    """A type, the values of a literal, and whether None is one of them."""
    if get_origin(hint) in (UnionType, Union):
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        kind, choices, _ = _understood(inner)
        return kind, choices, True
    if get_origin(hint) is Literal:
        return str, get_args(hint), False
    return get_origin(hint) or hint, (), False
