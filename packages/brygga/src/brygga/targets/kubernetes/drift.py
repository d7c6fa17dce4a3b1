"""What a cluster has otherwise than it was applied, and whose doing that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from brygga.targets.base import Drift
from brygga.targets.kubernetes.names import MANAGER
from brygga.targets.kubernetes.rendering import Manifest

_SERVERS = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp")
"""Of the metadata: the server's own."""


def drift_of(live: Manifest | None, wanted: Manifest) -> Iterator[Drift]:
    """What would change.

    Args:
        live: None where the object is missing.
        wanted: As the server would have it after it was applied.
    """
    name = f"{wanted['kind']} {wanted['metadata']['name']}"
    if live is None:
        yield Drift(name, "", "nothing", "the whole object", "")
        return
    for path, here, there in _differences(_own(live), _own(wanted), ()):
        field = ".".join(path)
        yield Drift(name, field, _text(here), _text(there), _owner(live, path))


def _own(data: Manifest) -> Manifest:
    metadata = {k: v for k, v in data["metadata"].items() if k not in _SERVERS}
    return {**{k: v for k, v in data.items() if k != "status"}, "metadata": metadata}


def _differences(
    here: object, there: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object, object]]:
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in sorted({*here, *there}):
            yield from _differences(here.get(name), there.get(name), (*path, str(name)))
    elif (
        isinstance(here, list)
        and isinstance(there, list)
        and len(here) == len(there)
        and any(isinstance(each, Mapping) for each in here)
    ):
        for index, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from _differences(one, other, (*path, _place(one, index)))
    elif here != there:
        yield path, here, there


def _place(item: object, index: int) -> str:
    """How a part of a list is called: by its name where it has one."""
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"[{name or index}]"


def _owner(live: Manifest, path: tuple[str, ...]) -> str:
    """Who has set a field last, of those that are not us."""
    found: dict[str, int] = {}
    for each in live["metadata"].get("managedFields") or ():
        manager = str(each.get("manager") or "")
        if manager != MANAGER:
            found[manager] = _depth(each.get("fieldsV1") or {}, path)
    best = max(found, key=lambda manager: found[manager], default="")
    return best if best and found[best] == max(1, len(path)) else ""


def _depth(fields: Mapping[str, Any], path: tuple[str, ...]) -> int:
    """How much of a path is among the fields of a manager."""
    if not path:
        return 0
    for key, inner in fields.items():
        step = path[0]
        named = step.startswith("[") and key.startswith("k:") and f'"{step[1:-1]}"' in key
        if key == f"f:{step}" or named:
            return 1 + _depth(inner or {}, path[1:])
    return 0


def _text(value: object) -> str:
    return "nothing" if value is None else str(value)
