"""Whether a project file says what can be said, each mistake with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.project.document import KeyPath, ProjectText
from brygga.project.layout import Key, Layout
from brygga.project.variables import has_variable

OVERLAYS = ("stages", "targets")
"""Tables whose tables say what is otherwise for one stage, or on one target."""
SERVICES = "services"
SCHEMA = "$schema"
"""For editors; it says nothing of services."""


def check(document: ProjectText, layout: Layout) -> None:
    """Looks at all of a file, also at what no deployment would take today.

    Raises:
        InvalidInputError: a key that is not known, or a value of another kind.
    """
    values = document.values
    inner = (*OVERLAYS, SERVICES, SCHEMA)
    _check_table(document, layout, values, (), inner)
    for name, service in _tables(document, values, SERVICES, ()):
        _check_table(document, layout, service, (SERVICES, name), OVERLAYS)


def read_value(document: ProjectText, key: Key, value: object, path: KeyPath) -> object:
    """A value as it is used.

    Raises:
        InvalidInputError: it is of another kind.
    """
    try:
        return key.shape.read(value)
    except (ValueError, InvalidInputError) as error:
        inner = value.items() if isinstance(value, dict) else ()
        path += tuple(name for name, each in inner if not isinstance(each, str))[:1]
        raise document.wrong(
            path,
            f"{key.name} = {value!r} cannot be used.",
            hint=f"It has to be {key.shape.wanted}.",
        ) from error


def _check_table(
    document: ProjectText,
    layout: Layout,
    table: Mapping[str, object],
    path: KeyPath,
    inner: Iterable[str],
) -> None:
    for name, value in table.items():
        here = (*path, name)
        if name in layout.sections:
            _check_section(document, layout, name, value, here)
        elif name in layout.keys:
            _check_value(document, layout.keys[name], value, here)
        elif name not in inner:
            raise _unknown(document, layout, here, [*layout.words, *inner])
    for kind in OVERLAYS if OVERLAYS[0] in inner else ():
        for name, overlay in _tables(document, table, kind, path):
            _check_table(document, layout, overlay, (*path, kind, name), ())


def _check_section(
    document: ProjectText, layout: Layout, name: str, value: object, path: KeyPath
) -> None:
    keys = layout.sections[name].keys
    if not isinstance(value, dict):
        raise document.wrong(path, f"{name} has to be a table.", hint=f"Begin it with [{name}].")
    for key, inner in value.items():
        here = (*path, key)
        if key not in keys:
            raise _unknown(document, layout, here, keys)
        _check_value(document, keys[key], inner, here)


def _check_value(document: ProjectText, key: Key, value: object, path: KeyPath) -> None:
    if not has_variable(value):
        read_value(document, key, value, path)


def _tables(
    document: ProjectText, table: Mapping[str, object], name: str, path: KeyPath
) -> Iterable[tuple[str, Mapping[str, object]]]:
    """The tables that a table of tables has, by name."""
    found = table.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise document.wrong(
            (*path, name), f"{name} has to hold tables.", hint=f"Begin one with [{name}.NAME]."
        )
    return found.items()


def _unknown(
    document: ProjectText, layout: Layout, path: KeyPath, known: Iterable[str]
) -> InvalidInputError:
    *where, name = path
    homes = [home for home in layout.homes(name) if home not in where]
    near = get_close_matches(name, [*known], n=1)
    if homes:
        hint = f"It belongs into the table {homes[0]!r}."
    else:
        hint = f"There are: {', '.join(known)}."
        hint = f"Did you mean {near[0]!r}? {hint}" if near else hint
    table = f"[{'.'.join(where)}]" if where else "a service"
    return document.wrong(
        path, f"there is no key {name!r} in {table}.", hint=hint, code=ErrorCode.PROJECT_KEY_UNKNOWN
    )
