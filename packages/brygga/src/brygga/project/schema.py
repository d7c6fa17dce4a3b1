"""The layout of a project file for others: as JSON Schema, and as the tables of its docs page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from brygga.project.checking import OVERLAYS, SCHEMA, SERVICES
from brygga.project.layout import LAYOUT, Key, Layout

_HEAD = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "A project file of Brygga (brygga.toml, or [tool.brygga] of pyproject.toml)",
    "type": "object",
}
_HELP = {
    "stages": "Differences of a stage, by its name: `brygga deploy --stage NAME`.",
    "targets": "Differences on a target, by its name.",
    SERVICES: "Several services; what stands outside of them holds for all.",
}


def json_schema(layout: Layout = LAYOUT) -> dict[str, object]:
    """The JSON Schema (draft 7, which editors know) of a project file."""
    said = {
        **{key.name: _of_key(key) for key in layout.keys.values()},
        **{
            section.name: {
                "type": "object",
                "description": section.help,
                "properties": {key.name: _of_key(key) for key in section.keys.values()},
                "additionalProperties": False,
            }
            for section in layout.sections.values()
        },
    }
    overlay = {"type": "object", "properties": said, "additionalProperties": False}
    overlays = {name: _by_name("#/definitions/overlay", _HELP[name]) for name in OVERLAYS}
    service = {**overlay, "properties": {**said, **overlays}}
    several = {SERVICES: _by_name("#/definitions/service", _HELP[SERVICES])}
    return {
        **_HEAD,
        "properties": {SCHEMA: {"type": "string"}, **said, **overlays, **several},
        "additionalProperties": False,
        "definitions": {"overlay": overlay, "service": service},
    }


def tables(layout: Layout = LAYOUT) -> str:
    """All keys with what they mean, in Markdown."""
    return "\n".join(_tables(layout)) + "\n"


def _tables(layout: Layout) -> Iterator[str]:
    yield "### The service itself"
    yield from _table(layout.keys)
    for section in layout.sections.values():
        yield ""
        yield f"### `[{section.name}]`"
        yield ""
        yield section.help
        yield from _table(section.keys)


def _table(keys: Mapping[str, Key]) -> Iterator[str]:
    yield ""
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    for key in keys.values():
        meaning = key.help.replace("|", "\\|")
        yield f"| `{key.name}` | {key.shape.wanted} | {meaning} |"


def _of_key(key: Key) -> dict[str, object]:
    return {"description": key.help, **key.shape.schema}


def _by_name(reference: str, help_: str) -> dict[str, object]:
    inner = {"$ref": reference}
    return {"type": "object", "description": help_, "additionalProperties": inner}
