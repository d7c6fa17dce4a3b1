"""The objects of a service, written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import find_row
from brygga.services.workload import make_workload
from brygga.targets.base import Drift


def written_manifest(
    parts: ServiceDependencies, service: str, target: str | None, image: str | None
) -> str:
    """What `Service.manifest` gives."""
    row = find_row(parts, service)
    runs = parts.target(target or row.target)
    workload = make_workload(parts, parts.store.services.revisions(service)[-1])
    return as_yaml([dict(each) for each in runs.manifest(workload, image)])


def as_yaml(objects: Sequence[Mapping[str, Any]]) -> str:
    """Objects as people read them: texts of several lines as such, and what they need on top."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def represent_text(self, text: str) -> yaml.Node:
            style = "|" if "\n" in text else None
            return self.represent_scalar("tag:yaml.org,2002:str", text, style)

    Dumper.add_representer(str, Dumper.represent_text)
    written = yaml.dump_all(objects, Dumper=Dumper, sort_keys=False, width=100)
    named = sorted(set(_secrets(objects)))
    above = f"# Secrets that have to be there: {', '.join(named)}.\n" if named else ""
    return f"{above}{written}"


def _secrets(found: object) -> Iterator[str]:
    """The names of the Secrets that objects refer to."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            if key == "secretName":
                yield str(value)
            elif key == "imagePullSecrets":
                yield from (str(each["name"]) for each in value)
            else:
                yield from _secrets(value)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        for each in found:
            yield from _secrets(each)


def drift(parts: ServiceDependencies, service: str) -> list[Drift]:
    """What `Service.drift` gives."""
    row = find_row(parts, service)
    workload = make_workload(parts, parts.store.services.revisions(service)[-1])
    return [*parts.target_of(row).drift(workload)]
