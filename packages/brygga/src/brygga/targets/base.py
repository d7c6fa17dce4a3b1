"""The seam between a service and what runs it."""

from __future__ import annotations

import abc
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.findings import CheckResult, Diagnosis
from brygga.hints import Action, Argument, Hint, Verb
from brygga.operations import Progress
from brygga.spec import ServiceSpec, Workload
from brygga.store.rows import Whereabouts
from brygga.targets.capabilities import Capabilities


class WorkloadState(StrEnum):
    """What a target sees of a service."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"  # it lives, but cannot serve now
    FAILED = "failed"  # it will not come back by itself
    STOPPED = "stopped"  # somebody stopped it on purpose
    ENDED = "ended"  # the machine was restarted, or its processes were ended from outside


@dataclass(frozen=True)
class WorkloadStatus:
    """What a target sees of a service.

    Attributes:
        revision: The one that serves, or tries to.
        since: When it came into its state (UTC), where somebody has noted it.
        pending: A newer revision that is starting beside it, or has failed to.
        pending_state: STARTING or FAILED, with `pending_diagnosis`.
        url: `http://host:port` without a path, once it is known.
        details: For people: workers, limits and how they hold, memory; names to plain values.
    """

    state: WorkloadState
    revision: int | None = None
    url: str | None = None
    diagnosis: Diagnosis | None = None
    pending: int | None = None
    pending_state: WorkloadState | None = None
    pending_diagnosis: Diagnosis | None = None
    since: datetime | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """Why a service can be seen, but neither asked nor changed from here.

    Attributes:
        where: In place of its state: `on pluto`.
        clause: Of a sentence: `runs on 'pluto', this is 'mars'`.
        way_out: What to do instead.
    """

    where: str
    clause: str
    way_out: str


@dataclass(frozen=True)
class BootStart:
    """What brings a service back after a reboot.

    Attributes:
        script: What has to be run then, by whatever starts programs here; empty where that is set
            up already.
        user: As whom, where not as root.
    """

    script: str = ""
    user: str = ""

    @property
    def cron(self) -> str:
        """A line of the user's crontab."""
        # A line of crontab ends at a percent sign.
        return "@reboot " + shlex.quote(self.script).replace("%", r"\%")

    @property
    def command(self) -> str:
        """A command for root, as for rc.local."""
        if not self.user:
            return shlex.quote(self.script)
        return shlex.join(("su", "-s", "/bin/sh", self.user, "-c", shlex.quote(self.script)))


@dataclass(frozen=True)
class Drift:
    """A field of an object that is not as it was applied.

    Attributes:
        what: The object, as `Deployment digits`.
        field: Its path; empty for the whole object.
        owner: Who has set it, where the cluster knows.
    """

    what: str
    field: str
    here: str
    wanted: str
    owner: str

    def __str__(self) -> str:
        place = f"{self.what}: {self.field}" if self.field else self.what
        whose = f" ({self.owner})" if self.owner else ""
        return f"{place} is {self.here}{whose}, not {self.wanted}"

    def to_dict(self) -> dict[str, str]:
        """A JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class ForwardedPort:
    """A port of this machine that leads to a service.

    Attributes:
        url: `http://127.0.0.1:PORT`, with what an ingress routes by.
        close: Ends it; idempotent.
        wait: Returns when it has ended.
    """

    url: str
    close: Callable[[], None]
    wait: Callable[[], None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Target(abc.ABC):
    """Something that can run services.

    A target is asked by name and keeps what it must remember itself, outside the store.

    Attributes:
        kind: What `deploy` calls it; of a cluster, the name it was declared with.
    """

    kind: str
    capabilities: Capabilities

    @property
    def place(self) -> Whereabouts | None:
        """Whose the services are that are deployed to it now; None: they belong to no host.

        It is kept in the row of each.
        """
        return None

    def elsewhere(self, service: str, place: Whereabouts | None) -> Elsewhere | None:
        """Whether a service with that place in its row is out of reach; None where it is not."""
        del service, place
        return None

    def require_here(self, service: str, place: Whereabouts | None) -> None:
        """Refuses to touch a service that is out of reach.

        Raises:
            InvalidInputError: saying where it runs, and what to do.
        """
        found = self.elsewhere(service, place)
        if found is not None:
            raise InvalidInputError(
                f"The service {service!r} {found.clause}.",
                code=ErrorCode.SERVICE_ELSEWHERE,
                hint=found.way_out,
            )

    def forget(self, service: str, place: Whereabouts | None) -> None:
        """Makes sure that a service is out of reach for good, and removes what lies here of it.

        Raises:
            InvalidInputError: it is here, or lives where it is.
        """
        del place
        raise self._within_reach(service)

    def _within_reach(self, service: str) -> InvalidInputError:
        return InvalidInputError(
            f"The service {service!r} is within reach from here: it is deleted, not forgotten.",
            code=ErrorCode.SERVICE_WITHIN_REACH,
            hint=Hint.of("Delete it with {}.", Action(Verb.DELETE_SERVICE, {"name": service})),
        )

    def is_usable(self) -> bool:
        """Whether it can run anything here now; one that needs an engine asks for it."""
        return True

    def require_reachable(self) -> None:  # noqa: B027 - most targets are always here
        """Refuses what can be seen from here to lead nowhere; nobody else is asked.

        Raises:
            InvalidInputError: naming the file that says where the target is.
        """

    @abc.abstractmethod
    def validate(self, spec: ServiceSpec) -> None:
        """Says whether what is asked can be had here and now, before anything is changed.

        What the target can never do is refused before it is asked: `require_capable`.

        Raises:
            InvalidInputError: a limit, host or port that cannot be had here.
        """

    @abc.abstractmethod
    def apply(self, workload: Workload, progress: Progress) -> None:
        """Creates the service, or updates it to this revision.

        Returns once the revision is starting and will go on without the caller; `status` tells
        when it is ready. While an update is starting, and if it fails, the old revision serves.
        """

    @abc.abstractmethod
    def status(self, service: str) -> WorkloadStatus:
        """What is there now; ABSENT where nothing is.

        It reads, and changes nothing: neither files nor what runs. It may be called by anybody at
        any moment, also in the middle of `apply`.
        """

    def status_of_all(self, services: Collection[str]) -> Mapping[str, WorkloadStatus]:
        """The status of each; a target that can see all at one look does so."""
        return {service: self.status(service) for service in services}

    def reconcile(self, service: str) -> None:
        """Ends what will never serve and removes what is left over; idempotent.

        What `status` only reports. To be called by whoever holds the lock of operations on the
        service: `apply` and `restart` have done so before they return.
        """
        del service

    @abc.abstractmethod
    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """Lines of the service's log, oldest first, without their line ends.

        Args:
            lines: At most so many of the last ones; None for all that is kept.
            follow: Go on with what is added, until the service is deleted.
        """

    def answers(
        self, service: str, question: Mapping[str, object]
    ) -> Iterator[Mapping[str, object]]:
        """What each front of a service answers to a question on its control socket.

        Those that do not answer are passed over: what is asked here is nice to know.
        """
        del service, question
        return iter(())

    @abc.abstractmethod
    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Makes the service accept these keys and no others, from now on, without a restart."""

    @abc.abstractmethod
    def delete(self, service: str) -> None:
        """Ends and removes the service, its processes, sockets and files; idempotent."""

    def traces(self) -> Mapping[str, int]:
        """Every service there is anything of here, and the bytes that takes.

        Also of those that were deleted, or never finished: `delete` removes what is left.
        """
        return {}

    def left_of(self, service: str) -> tuple[str, ...]:
        """What processes that have ended left outside of its folder; `reconcile` removes it."""
        del service
        return ()

    def environments_in_use(self) -> frozenset[Path]:
        """Realised environments and servers that what is here runs from, or would start from."""
        return frozenset()

    def stop(self, service: str) -> None:
        """Ends its processes and keeps everything else; `restart` brings it back.

        Raises:
            InvalidInputError: this target keeps nothing of a service that does not run.
        """
        raise InvalidInputError(
            f"The target {self.kind!r} cannot stop a service and keep it.",
            code=ErrorCode.TARGET_LACKS,
            hint=Hint.of(
                "Delete it, and deploy it again later: {}",
                Action(Verb.DELETE_SERVICE, {"name": service}),
            ),
        )

    def enable(self, service: str, command: Sequence[str]) -> BootStart:
        """Has it brought back after a reboot, by `command` with `restart` (or `stop`) and its name.

        Raises:
            InvalidInputError: this target cannot, or need not, do that here.
        """
        del command
        raise InvalidInputError(
            f"The target {self.kind!r} starts no services after a reboot.",
            code=ErrorCode.TARGET_LACKS,
            hint=Hint.of("Start it yourself: {}", Action(Verb.RESTART, {"name": service})),
        )

    def disable(self, service: str) -> bool:
        """Has it left alone after a reboot; whether that was otherwise before."""
        del service
        return False

    def manifest(self, workload: Workload, image: str | None) -> Sequence[Mapping[str, Any]]:
        """The objects that `apply` would send, without any secret.

        Args:
            image: Its image in a registry; None for that which is deployed.

        Raises:
            InvalidInputError: this target sends none.
        """
        del workload, image
        raise self._no_cluster(
            Hint.of(
                "Name a declared cluster and the image that it is to pull: {} and {}. "
                "Those that are declared: {}",
                Argument(Verb.DEPLOY, "target", "NAME"),
                Argument(Verb.DEPLOY, "image", "REF"),
                Action(Verb.LIST_TARGETS),
            )
        )

    def drift(self, workload: Workload) -> Iterator[Drift]:
        """What is not as it was applied, and whose doing that is.

        Raises:
            InvalidInputError: nobody else could have changed it.
        """
        raise self._no_cluster(_moved(workload.spec.name, "Nobody else can have changed it here"))

    def forward(self, service: str, port: int) -> ForwardedPort:
        """Has a port of this machine lead to the service; 0 takes a free one.

        Raises:
            InvalidInputError: it is reached without that.
        """
        del port
        raise self._no_cluster(_moved(service, "Here it is reached without that"))

    def check(self) -> Iterator[CheckResult]:
        """What a deployment would meet: rights, registry, room.

        Raises:
            InvalidInputError: there is nothing to look at.
        """
        raise self._no_cluster()

    def role(self, *, nodes: bool) -> Sequence[Mapping[str, Any]]:
        """The rights that it needs, as objects for the cluster's owner to apply.

        Raises:
            InvalidInputError: it needs none.
        """
        del nodes
        raise self._no_cluster()

    def _no_cluster(self, hint: Hint | None = None) -> InvalidInputError:
        return InvalidInputError(
            f"The target {self.kind!r} is no cluster.",
            code=ErrorCode.TARGET_LACKS,
            hint=hint or Hint.of("Name one that was declared: {}", Action(Verb.LIST_TARGETS)),
        )

    @abc.abstractmethod
    def restart(self, service: str, progress: Progress) -> None:
        """Starts it anew as it is, on the same port; also after a reboot."""


def _moved(service: str, why: str) -> Hint:
    """That a service would have to be on a cluster for it."""
    there = Action(Verb.DEPLOY, {"name": service, "target": "NAME"})
    return Hint.of(f"{why}; on a declared cluster it can be done: {{}}", there)
