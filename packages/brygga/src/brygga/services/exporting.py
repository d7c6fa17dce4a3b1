"""What there is to write of a service into a project file."""

from __future__ import annotations

from pathlib import Path

from brygga.environments.lock import get_lock
from brygga.errors import CorruptError, NotFoundError
from brygga.images.bundle import Bundle
from brygga.images.no_code import SCORING_SCRIPTS
from brygga.project import Exported
from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import find_row
from brygga.spec import ServiceSpec

_SAMPLE = "sample input"


def exported(parts: ServiceDependencies, service: str) -> Exported:
    """A service as its newest revision has it.

    Raises:
        NotFoundError: it is not there.
    """
    row = find_row(parts, service)
    newest = parts.store.services.revisions(service)[-1]
    bundle = Bundle.from_dict(newest.bundle)
    script, source = bundle.entry_script, bundle.source_directory
    return Exported(
        spec=ServiceSpec.from_dict(newest.spec),
        revision=newest.number,
        target=row.target,
        models=[f"{model.name}:{model.version}" for model in bundle.models],
        entry_script=""
        if script in SCORING_SCRIPTS
        else script
        if source is None
        else script.removeprefix(f"{source}/"),
        source_directory=source,
        packages=_packages(parts, bundle.lock),
        python=bundle.python,
        tags=row.tags,
        description=row.description,
        sample_input=_sample(parts, service),
    )


def keep_sample(parts: ServiceDependencies, service: str, path: Path) -> None:
    """Notes which file has an input of a service, for the project file that is written of it."""
    parts.store.documents.put(_SAMPLE, service, {"path": str(path.absolute())})


def forget_sample(parts: ServiceDependencies, service: str) -> None:
    """The service is gone; idempotent."""
    parts.store.documents.delete(_SAMPLE, service)


def _sample(parts: ServiceDependencies, service: str) -> Path | None:
    found = parts.store.documents.find(_SAMPLE, service)
    return None if found is None else Path(str(found.content["path"]))


def _packages(parts: ServiceDependencies, lock: str) -> tuple[str, ...]:
    try:
        return get_lock(parts.store.locks, lock).packages
    except (NotFoundError, CorruptError):
        return ()  # only a comment has them
