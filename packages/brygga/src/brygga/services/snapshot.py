"""A service at one moment: what its rows say and what its target shows, each asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.findings import Diagnosis
from brygga.markup import card
from brygga.services.revision import INTERRUPTED, Revision, seen
from brygga.services.state import ServiceState, service_state
from brygga.services.traffic import Traffic
from brygga.spec import SPEC_OPTIONS
from brygga.store.rows import ServiceOutline
from brygga.targets.base import WorkloadState, WorkloadStatus


@dataclass(frozen=True)
class ServiceSnapshot:
    """A service at one moment. All that is shown of a service is made from one of these.

    Attributes:
        host: The machine it runs on; empty where it belongs to none.
        elsewhere: Where it runs that is out of reach from here, `on pluto` or `from another home`;
            what only its target knows is empty then.
        state: None where it is out of reach.
        workload: The same in the words of its target; None where that cannot be asked.
        since: When it came into its state (UTC); None where nobody has noted it.
        current: The revision that serves, or tries to; the newest where none does.
        newer: A revision after the current one, which is starting or has failed.
        diagnosis: Why the current revision does not serve, or why a replica of it is missing.
        url: `http://host:port`, once it is known.
        data_folder: Where what its script collects is kept; None where it collects nothing.
        details: What the target says of it: workers, memory, limits and how they hold.
    """

    name: str
    target: str
    host: str
    elsewhere: str | None
    state: ServiceState | None
    workload: WorkloadState | None
    since: datetime | None
    current: Revision
    newer: Revision | None
    diagnosis: Diagnosis | None
    url: str | None
    tags: Mapping[str, str]
    description: str
    created_at: datetime
    created_by: str | None
    updated_at: datetime
    data_folder: Path | None
    details: Mapping[str, object]

    @property
    def newest(self) -> Revision:
        """What was asked for last."""
        return self.newer or self.current

    @property
    def serving(self) -> Revision | None:
        """The revision that serves, or tries to; None where none does."""
        return self.current if self.current.serving else None

    @property
    def error(self) -> Diagnosis | None:
        """Why it does not serve, why a replica is missing, or why the newer revision failed."""
        return self.diagnosis or (None if self.newer is None else self.newer.diagnosis)

    @property
    def traffic(self) -> Traffic | None:
        """What it has answered since it was started; None where nobody tells."""
        return Traffic.read(self.details.get("traffic"))

    @property
    def memory_bytes(self) -> int | None:
        """What its processes hold now; None where nobody tells."""
        found = self.details.get("memory_bytes")
        return found if isinstance(found, int) else None

    @property
    def scoring_uri(self) -> str | None:
        """Where to POST data to; None as long as there is no address."""
        return None if self.url is None else f"{self.url}{self.current.spec.prefix}/score"

    @property
    def swagger_uri(self) -> str | None:
        """Where its OpenAPI description is."""
        return None if self.url is None else f"{self.url}{self.current.spec.prefix}/swagger.json"

    @property
    def docs_uri(self) -> str | None:
        """Where a browser shows its API and a form to try it; None where that is off."""
        spec = self.current.spec
        return f"{self.url}{spec.prefix}/docs" if self.url and spec.has_docs else None

    @property
    def is_here(self) -> bool:
        """Whether it can be asked and changed from here."""
        return self.elsewhere is None

    @property
    def serves(self) -> bool:
        """Whether requests are answered now."""
        return self.workload is WorkloadState.READY

    @property
    def known_state(self) -> ServiceState:
        """The state.

        Raises:
            InvalidInputError: it is out of reach from here.
        """
        if self.state is None:
            raise InvalidInputError(
                f"The service {self.name!r} runs {self.elsewhere}: its state is not known here.",
                code=ErrorCode.SERVICE_ELSEWHERE,
                hint="Ask for it there.",
            )
        return self.state

    @property
    def state_text(self) -> str:
        """The state, or where it can be asked for."""
        return str(self.elsewhere) if self.state is None else self.state.value

    def to_dict(self) -> dict[str, object]:
        """A JSON object, but for its times and numbers of its target."""
        error, traffic = self.error, self.traffic
        return {
            "name": self.name,
            "state": self.state_text,
            "since": self.since,
            "revision": self.current.number if self.current.serving else None,
            "target": self.target,
            "requests": None if traffic is None else traffic.requests,
            "errors": None if traffic is None else traffic.errors,
            "memory_bytes": self.memory_bytes,
            "models": list(self.current.models),
            "scoring_uri": self.scoring_uri,
            "swagger_uri": self.swagger_uri,
            "docs_uri": self.docs_uri,
            "description": self.description,
            "tags": dict(self.tags),
            "data_folder": None if self.data_folder is None else str(self.data_folder),
            "created_at": self.created_at,
            "created_by": self.created_by,
            "updated_at": self.updated_at,
            "host": self.host,
            **self.options(),
            "newer": None if self.newer is None else self.newer.to_dict(),
            "error": None if error is None else error.to_dict(),
            "details": dict(self.details),
        }

    def _repr_html_(self) -> str:
        limits, newer, error = self.current.spec, self.newer, self.error
        facts: dict[str, object] = {
            "state": self.state_text,
            "since": None if self.since is None else f"{self.since:%Y-%m-%d %H:%M:%S} UTC",
            "revision": self.current.number,
            "newer": None if newer is None else f"revision {newer.number}, {newer.status}",
            "score": self.scoring_uri,
            "try it": self.docs_uri,
            "models": self.current.models,
            "target": self.target,
            "limits": f"{limits.cpu_cores:g} cores, {limits.memory_gb:g} GB",
            "keys": "asked for" if limits.auth else "none: everybody may call it",
            "tags": self.tags,
            "description": self.description,
            "error": None if error is None else error.sentence,
            "fix": None if error is None else error.fix,
        }
        return card(f"Service {self.name}", facts)

    def options(self) -> dict[str, dict[str, object]]:
        """What the current revision has of each option, by group and name."""
        spec = self.current.spec
        found: dict[str, dict[str, object]] = {}
        for name, option in SPEC_OPTIONS.items():
            value = getattr(spec, name)
            shown = dict(value) if isinstance(value, Mapping) else value
            found.setdefault(option.group, {})[name] = shown
        found["access"] |= {"tls": bool(spec.tls_certificate)}
        return found


def snapshot_of(
    outline: ServiceOutline,
    status: WorkloadStatus | None,
    *,
    busy: bool,
    elsewhere: str | None,
    data_folder: Path,
) -> ServiceSnapshot:
    """Puts together what was seen of a service.

    Args:
        status: What its target says; None where that cannot be asked from here.
        busy: Whether an operation on the service is under way.
        elsewhere: Where it is out of reach.
        data_folder: Where it keeps what it collects, if it does.
    """
    row, known = outline.row, status or WorkloadStatus(WorkloadState.ABSENT)
    found = outline.find(known.revision)
    # From elsewhere the last that was noted is all there is to see.
    current = found or outline.find(None if status else row.current_revision) or outline.newest
    newer = outline.newest if outline.newest.number > current.number else None
    state = None if status is None else service_state(status, busy=busy)
    diagnosis = known.diagnosis
    if status is not None and known.state is WorkloadState.ABSENT and not busy:
        diagnosis = INTERRUPTED
    return ServiceSnapshot(
        name=row.name,
        target=row.target,
        host="" if row.place is None else row.place.host,
        elsewhere=elsewhere,
        state=state,
        workload=None if status is None else status.state,
        since=known.since,
        current=seen(row.name, current, status, busy=busy),
        newer=None if newer is None else seen(row.name, newer, status, busy=busy),
        diagnosis=None if diagnosis is None else diagnosis.of(row.name),
        url=known.url,
        tags=row.tags,
        description=row.description,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        data_folder=data_folder if status and current.spec.get("collect_data") else None,
        details=known.details,
    )
