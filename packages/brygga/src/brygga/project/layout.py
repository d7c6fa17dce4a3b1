"""What may stand in a project file: the one table of its keys.

What can be asked of a running service is not written here: its sections are made of the options
that `brygga.spec` has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from brygga.spec import SPEC_OPTIONS, Option
from brygga.spec.option import shown

PATTERN_OF_VARIABLE = r"\$\{"
"""Whatever has it is a text until the variable is known."""


@dataclass(frozen=True)
class Shape:
    """What a value has to be.

    Attributes:
        wanted: In words, after "has to be".
        schema: The same as JSON Schema.
        read: The value as it is used; raises ValueError where it is none of these.
    """

    wanted: str
    schema: Mapping[str, object]
    read: Callable[[object], object]


@dataclass(frozen=True)
class Key:
    """One key of a section, or of a service itself."""

    name: str
    shape: Shape
    help: str
    parse: Callable[[str], object] | None = None
    """From the text that variables have become; None where a text is what is wanted."""


@dataclass(frozen=True)
class Section:
    """A table of a service."""

    name: str
    help: str
    keys: Mapping[str, Key]


@dataclass(frozen=True)
class Layout:
    """Everything that can be said of a service.

    Attributes:
        keys: Of the service itself.
        sections: Its tables.
    """

    keys: Mapping[str, Key]
    sections: Mapping[str, Section]

    @property
    def words(self) -> tuple[str, ...]:
        """All that may stand in the table of a service."""
        return (*self.keys, *self.sections)

    def homes(self, name: str) -> Iterator[str]:
        """The sections that have a key of that name."""
        return (each.name for each in self.sections.values() if name in each.keys)


def layout(options: Mapping[str, Option]) -> Layout:
    """The table, with options of a service."""
    sections = [_ENVIRONMENT, *_of_options(options), _BUILD]
    return Layout(_named(_SERVICE), {each.name: each for each in sections})


def _named(keys: tuple[Key, ...]) -> dict[str, Key]:
    return {key.name: key for key in keys}


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _python(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_PYTHON_PATTERN, value):
        raise ValueError(value)
    return value


def _texts(value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(value)
    return value


def _pairs(value: object) -> object:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError(value)
    return value


def _models(value: object) -> object:
    if not isinstance(value, list):
        raise ValueError(value)
    for each in value:
        path = each.get("path") if isinstance(each, dict) and len(each) == 1 else each
        _text(path)
    return value


def _tls(value: object) -> object:
    if value is not False and not (
        isinstance(value, dict) and set(value) == {"certificate", "key"}
    ):
        raise ValueError(value)
    return value if value is False else _pairs(value)


_PYTHON_PATTERN = r"^3\.([89]|[1-9][0-9])$"
_STRING = {"type": "string"}
_PYTHON = Shape(
    "a version as X.Y, from 3.8 on",
    {**_STRING, "pattern": f"{_PYTHON_PATTERN}|{PATTERN_OF_VARIABLE}"},
    _python,
)
_TEXT = Shape("a text", _STRING, _text)
_TEXTS = Shape("a list of texts", {"type": "array", "items": _STRING}, _texts)
_PAIRS = Shape("a table of texts", {"type": "object", "additionalProperties": _STRING}, _pairs)
_PATH = Shape("a path", _STRING, _text)
_PATHS = Shape("a list of paths", _TEXTS.schema, _texts)


def _table_of(*names: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": dict.fromkeys(names, _STRING),
        "required": list(names),
        "additionalProperties": False,
    }


_MODELS = Shape(
    "a list of registered models (`name` or `name:version`) and of tables with a `path`",
    {"type": "array", "items": {"anyOf": [_STRING, _table_of("path")]}},
    _models,
)
_TLS = Shape(
    "false, or a table with the paths `certificate` and `key`",
    {"anyOf": [{"const": False}, _table_of("certificate", "key")]},
    _tls,
)

_SERVICE = (
    Key("name", _TEXT, "The service; by default its table's name, or the folder's."),
    Key("entry_script", _PATH, "The script with init() and run(); relative to source_directory."),
    Key("source_directory", _PATH, "A folder whose content goes along."),
    Key("dependencies", _PATHS, "More files and folders that go along, beside the script."),
    Key(
        "models",
        _MODELS,
        "Models to serve: registered ones, the latest version unless one is named, and "
        '`{ path = "..." }` for files and folders that are not registered.',
    ),
    Key("image", _TEXT, "A registered image, instead of script, models and environment."),
    Key(
        "target",
        _TEXT,
        "Where it runs: `process`, `container` or a declared cluster; it stays there.",
    ),
    Key("description", _TEXT, "In your own words."),
    Key("tags", _PAIRS, "For people who look for it."),
    Key(
        "secrets",
        _TEXTS,
        "Variables of the script whose values are kept secret: `NAME` has its value from the "
        "variable of that name where the file is deployed, or goes on with the one the service "
        "has; `NAME=@FILE` from a file.",
    ),
    Key("sample_input", _PATH, "A file with an input: what can be tried with it is shown."),
)
_ENVIRONMENT = Section(
    "environment",
    "The packages; without it, what the script imports at the versions installed here.",
    _named(
        (
            Key("registered", _TEXT, "A registered environment: `name` or `name:version`."),
            Key("conda_file", _PATH, "A conda file."),
            Key("requirements_file", _PATH, "A requirements file."),
            Key("packages", _TEXTS, "The packages themselves, as in a requirements file."),
            Key(
                "python",
                _PYTHON,
                "The version of Python as X.Y, with `packages` or a file of them.",
            ),
        )
    ),
)
_BUILD = Section(
    "build",
    "The base of its images, for targets that run images.",
    _named(
        (
            Key("base_image", _TEXT, "Reference of a base image."),
            Key("dockerfile", _PATH, "A Dockerfile that makes the base image, or its folder."),
            Key("extra_steps", _PATH, "A file with lines of a Dockerfile, run after the packages."),
        )
    ),
)
_HEADINGS = {
    "resources": "Limits, and the number of replicas.",
    "access": "Where it is reached, and whether it asks for a key.",
    "serving": "How requests are served.",
}
_NOT_OPTIONS = {
    "access": (Key("tls", _TLS, "Callers use HTTPS with it; false is plain HTTP again."),)
}


def _of_options(options: Mapping[str, Option]) -> Iterator[Section]:
    groups = dict.fromkeys(option.group for option in options.values())
    for group in groups:
        keys = tuple(
            Key(name, _of_option(option), _help(option), option.parse)
            for name, option in options.items()
            if option.group == group
        )
        keys += _NOT_OPTIONS.get(group, ())
        yield Section(group, _HEADINGS.get(group, ""), _named(keys))


def _help(option: Option) -> str:
    default = option.default
    if default in (None, {}):
        return option.help
    known = json.dumps(default) if isinstance(default, bool | str) else shown(default)
    return f"{option.help} Default: `{known}`."


def _of_option(option: Option) -> Shape:
    def read(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool) and option.kind is float:
            value = float(value)
        return option.check(_pairs(value) if option.kind is Mapping else value)

    text = {"type": "string", "pattern": PATTERN_OF_VARIABLE}
    schema = option.schema
    known = schema if schema.get("type") in ("string", "object") else {"anyOf": [schema, text]}
    if option.choices:
        known = {"anyOf": [schema, text]}
    return Shape(option.wanted, known, read)


LAYOUT = layout(SPEC_OPTIONS)
"""The table, with the options that a service has."""
