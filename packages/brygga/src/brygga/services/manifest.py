"""The objects of a service, written down."""

from __future__ import annotations

from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import find_row
from brygga.services.workload import make_workload
from brygga.targets.base import Drift


def written_manifest(
    parts: ServiceDependencies, service: str, target: str | None, image: str | None
) -> str:
    """What `Service.manifest` gives."""
    import yaml

    row = find_row(parts, service)
    runs = parts.target(target or row.target)
    workload = make_workload(parts, parts.store.services.revisions(service)[-1])
    objects = [dict(each) for each in runs.manifest(workload, image)]
    return str(yaml.safe_dump_all(objects, sort_keys=False, width=100))


def drift(parts: ServiceDependencies, service: str) -> list[Drift]:
    """What `Service.drift` gives."""
    row = find_row(parts, service)
    workload = make_workload(parts, parts.store.services.revisions(service)[-1])
    return [*parts.target_of(row).drift(workload)]
