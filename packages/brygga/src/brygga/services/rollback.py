"""Going back to an older revision."""

from __future__ import annotations

from dataclasses import fields, replace

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.images.bundle import Bundle
from brygga.operations import Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.services.deployment import hand_over
from brygga.services.operation import changing
from brygga.services.preparation import revision_changes
from brygga.spec import Endpoint, ServiceSpec
from brygga.store.rows import RevisionRow


def roll_back(
    parts: ServiceDependencies, service: str, revision: int | None, progress: Progress
) -> int:
    """Serves an older revision's bundle again, as its spec says, on the access of today.

    Who may call the service where is a matter of the service, not of what it serves: going back
    never takes its keys away.

    Args:
        revision: Its number; None: the one that served before the one that serves now.

    Returns:
        The number of the new revision.
    """
    with changing(parts, service, "rollback") as row:
        rows = parts.store.services.revisions(service)
        old = _chosen(service, rows, revision, parts.target(row.target).status(service).revision)
        today = ServiceSpec.from_dict(rows[-1].spec)
        spec = replace(
            ServiceSpec.from_dict(old.spec),
            tls_certificate=today.tls_certificate,
            **{each.name: getattr(today, each.name) for each in fields(Endpoint)},
        )
        bundle = Bundle.from_dict(old.bundle)
        for change in revision_changes(parts, rows[-1], spec, bundle):
            progress.remark(str(change))
        return hand_over(parts, row, spec, bundle, progress)


def _chosen(
    service: str, rows: list[RevisionRow], number: int | None, serving: int | None
) -> RevisionRow:
    if number is None:
        older = [r for r in rows if r.status == "ready" and r.number < (serving or 0)]
        if not older:
            raise InvalidInputError(
                f"The service {service!r} has no earlier revision that served.",
                code=ErrorCode.REVISION_NOT_FOUND,
                hint=Hint.of("Those that are kept: {}.", Action(Verb.REVISIONS, {"name": service})),
            )
        return older[-1]
    for row in rows:
        if row.number == number:
            return row
    known = [str(r.number) for r in rows]
    raise NotFoundError("revision", str(number), known)
