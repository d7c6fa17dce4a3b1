"""A service that was deployed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.findings import Cause, Diagnosis
from brygga.hints import Action, Hint, Verb
from brygga.images import Image
from brygga.names import check_pairs, check_text
from brygga.notebook import card
from brygga.operations import Progress, ProgressLike, Several, progress_of
from brygga.services import deployment
from brygga.services.bundling import Served, model_ids
from brygga.services.client import ScoringClient
from brygga.services.dependencies import ServiceDependencies
from brygga.services.deployment import Deployment
from brygga.services.keys import KeyName, check_key, hashes, new_key, without_keys
from brygga.services.observation import observe
from brygga.services.operation import is_busy, operation
from brygga.services.state import ServiceState, service_state
from brygga.services.waiting import TimedLines, wait_until_ready
from brygga.spec import Access, Asked, Resources, ServiceSpec, Serving, takes
from brygga.spellings import Language, words
from brygga.store.rows import RevisionRow, ServiceRow
from brygga.store.secrets import KeyPair
from brygga.targets.base import Target, WorkloadState, WorkloadStatus


@dataclass(frozen=True)
class Revision:
    """One numbered deployment of a service.

    Attributes:
        status: `pending`, `ready` (it has served) or `failed`, with `diagnosis`.
        serving: Whether it is the one that serves now.
        models: As `name:version`.
    """

    number: int
    status: str
    serving: bool
    bundle_digest: str
    models: tuple[str, ...]
    created_at: datetime
    created_by: str | None
    diagnosis: Diagnosis | None


_LOCAL = "local"  # subscription and resource group of workspaces that the command line finds


class Service:
    """A service by its name. What is asked of it is looked up each time, nothing is remembered.

    Get one from `workspace.services`. Creating a Service does not create anything.
    """

    def __init__(self, name: str, parts: ServiceDependencies) -> None:
        self.name = name
        self._parts = parts
        self._client: tuple[str, str | None, ScoringClient] | None = None

    def __repr__(self) -> str:
        return (
            f"Service({self.name!r}, state={self.state.value!r}, scoring_uri={self.scoring_uri!r})"
        )

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "state": self.state.value,
            "revision": self.revision,
            "score": self.scoring_uri,
            "models": self.models,
            "target": self.target,
            "limits": f"{self.spec.cpu_cores:g} cores, {self.spec.memory_gb:g} GB",
            "tags": self.tags,
            "description": self.description,
        }
        error = self.error
        if error is not None:
            facts |= {"error": error.sentence, "fix": error.fix}
        return card(f"Service {self.name}", facts)

    @property
    def state(self) -> ServiceState:
        """What it does now."""
        return service_state(self._observe(), busy=is_busy(self._parts, self.name))

    @property
    def error(self) -> Diagnosis | None:
        """Why it does not serve, why its newest revision does not, or why a replica is missing.

        None when all is well.
        """
        found = self._diagnosis()
        return None if found is None else found.of(self.name)

    def _diagnosis(self) -> Diagnosis | None:
        status = self._observe()
        if status.state is WorkloadState.ABSENT and not is_busy(self._parts, self.name):
            return Diagnosis(Cause.INTERRUPTED, "Its deployment was interrupted.")
        if status.pending_state is WorkloadState.FAILED:
            return status.pending_diagnosis
        newest = self._newest()
        if status.diagnosis is None and newest.number != status.revision and newest.diagnosis:
            return Diagnosis.from_dict(newest.diagnosis)
        return status.diagnosis

    @property
    def scoring_uri(self) -> str | None:
        """Where to POST data to; None as long as there is no address."""
        url = self._target.status(self.name).url
        return None if url is None else f"{url}/score"

    @property
    def swagger_uri(self) -> str | None:
        """Where its OpenAPI description is."""
        url = self._target.status(self.name).url
        return None if url is None else f"{url}/swagger.json"

    @property
    def revision(self) -> int | None:
        """The revision that serves, or tries to."""
        return self._target.status(self.name).revision

    @property
    def host(self) -> str:
        """The machine it runs on; empty where it belongs to none."""
        place = self._row().place
        return "" if place is None else place.host

    @property
    def is_here(self) -> bool:
        """Whether it can be asked and changed from here; otherwise it can only be listed."""
        return self.elsewhere is None

    @property
    def elsewhere(self) -> str | None:
        """Where it runs that is out of reach from here: on another host, or from another home."""
        row = self._row()
        found = self._parts.target(row.target).elsewhere(row.name, row.place)
        return None if found is None else found.where

    @property
    def target(self) -> str:
        """The kind of target that runs it."""
        return self._row().target

    @property
    def tags(self) -> Mapping[str, str]:
        """Names and values given at deployment."""
        return self._row().tags

    @property
    def description(self) -> str:
        """The text given at deployment."""
        return self._row().description

    @property
    def created_at(self) -> datetime:
        """When it was first deployed (UTC)."""
        return self._row().created_at

    @property
    def created_by(self) -> str | None:
        """The login name of who deployed it first; None where it was not noted."""
        return self._row().created_by

    @property
    def updated_at(self) -> datetime:
        """When it was last changed (UTC)."""
        return self._row().updated_at

    @property
    def spec(self) -> ServiceSpec:
        """What the newest revision was asked to be."""
        return ServiceSpec.from_dict(self._newest().spec)

    @property
    def models(self) -> tuple[str, ...]:
        """The models of the newest revision, as `name:version`; 0 is one that is not registered."""
        return model_ids(self._newest().bundle)

    @property
    def data_folder(self) -> Path | None:
        """Where what its script collects is kept, as files; None where it collects nothing.

        It stays when the service is deleted.
        """
        return self._parts.data_folder(self.name) if self.spec.collect_data else None

    @property
    def details(self) -> Mapping[str, object]:
        """What the target says of it: workers, memory, limits and how they hold."""
        return self._target.status(self.name).details

    def wait_for_deployment(
        self,
        *,
        show_output: bool = False,
        timeout_s: float | None = None,
        progress: ProgressLike = None,
    ) -> None:
        """Blocks until the newest revision serves.

        Args:
            show_output: Print the phases as they happen, and the log's last lines on a failure.
            timeout_s: Give up after so many seconds; None waits as long as it takes.
            progress: Hears of each phase; see `Progress`.

        Raises:
            DeploymentError: it will not serve; the diagnosis says why.
        """
        told = progress_of(progress)
        if show_output:
            told = Several(told, TimedLines(_print))
        newest = self._newest().number
        try:
            self._wait(newest, timeout_s, told)
        except KeyboardInterrupt as error:
            again = Hint.of("Wait again: {}", Action(Verb.WAIT, {"name": self.name}))
            error.add_note(f"{self.name} goes on starting. {words(again, Language.PYTHON)}")
            raise
        finally:
            status = self._observe()
            failure = status.pending_diagnosis or status.diagnosis
            for line in failure.log if failure is not None and show_output else ():
                _print(line)

    def _wait(self, newest: int, timeout_s: float | None, progress: Progress) -> None:
        wait_until_ready(
            self._target,
            self.name,
            newest,
            timeout_s=timeout_s,
            progress=progress,
            abandoned=lambda: self._abandoned(newest),
        )

    def run(self, data: object, *, timeout_s: float = 70.0) -> Any:
        """Scores data with the service and returns its decoded answer.

        Args:
            data: Bytes and text are sent as they are, everything else as JSON; NumPy arrays as
                nested lists.
            timeout_s: How long to wait for the answer.

        Raises:
            ServiceCallError: no answer, or an error; with the status and the body.
        """
        uri = self.scoring_uri
        if uri is None:
            raise NotFoundError("address of the service", self.name, hint="Wait until it serves.")
        try:
            keys = self.get_keys()
            key: str | None = keys.primary
        except InvalidInputError:
            key = None
        if self._client is None or self._client[:2] != (uri, key):
            self.close()
            certificate = self.spec.tls_certificate if uri.startswith("https:") else ""
            self._client = (uri, key, ScoringClient(self.name, uri, key, certificate))
        return self._client[2].run(data, timeout_s=timeout_s)

    def close(self) -> None:
        """Gives up the connections that `run` keeps; the service is not touched."""
        if self._client is not None:
            self._client[2].close()
            self._client = None

    def get_keys(self) -> KeyPair:
        """Its two keys.

        Raises:
            InvalidInputError: it was deployed without.
        """
        self._parts.target_of(self._row())  # elsewhere they are kept elsewhere
        keys = self._parts.secrets.keys(self.name)
        if keys is None or not self.spec.auth:
            raise without_keys(self.name)
        return keys

    def regen_key(self, name: KeyName, *, value: str | None = None) -> str:
        """Replaces one of the two keys at once and returns the new one; the other goes on working.

        Args:
            value: The new key; None makes one.
        """
        if name not in ("primary", "secondary"):
            raise InvalidInputError(
                f"There is no key {name!r}.",
                code=ErrorCode.KEY_INVALID,
                hint="The keys are primary and secondary.",
            )
        key = new_key() if value is None else value
        check_key(name, key)
        with operation(self._parts, self.name, f"regenerate the {name} key"):
            old = self.get_keys()
            keys = KeyPair(key, old.secondary) if name == "primary" else KeyPair(old.primary, key)
            self._parts.secrets.set_keys(self.name, keys)
            self._target.set_keys(self.name, hashes(keys))
        return key

    def logs(self, *, lines: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines of its log, of all its workers, oldest first.

        Args:
            lines: Only so many of the last ones.
            follow: Go on with what is added, until it is deleted.
        """
        return self._target.logs(self.name, lines=lines, follow=follow)

    def revisions(self) -> list[Revision]:
        """The revisions that are kept, oldest first."""
        serving = self._observe().revision
        return [
            Revision(
                number=row.number,
                status=row.status,
                serving=row.number == serving,
                bundle_digest=row.bundle_digest,
                models=model_ids(row.bundle),
                created_at=row.created_at,
                created_by=row.created_by,
                diagnosis=None if row.diagnosis is None else Diagnosis.from_dict(row.diagnosis),
            )
            for row in self._parts.store.services.revisions(self.name)
        ]

    def rollback(self, revision: int | None = None, *, progress: ProgressLike = None) -> int:
        """Deploys an older revision's bundle and spec again, as a new revision.

        Args:
            revision: Its number; None: the one that served before the one that serves now.

        Returns:
            The number of the new revision; it is starting when this returns.
        """
        with operation(self._parts, self.name, "rollback"):
            row = self._row()
            self._parts.target_of(row)
            old = self._rollback_to(revision)
            return deployment.roll_back(self._parts, row, old, progress_of(progress))

    @takes("resources", "access", "serving")
    def reconfigure(
        self,
        *,
        resources: Resources | None = None,
        access: Access | None = None,
        serving: Serving | None = None,
        reset: Sequence[str] = (),
        image: Image | None = None,
        progress: ProgressLike = None,
        **options: Any,
    ) -> int:
        """Deploys what the newest revision has, changed where something is given.

        Args:
            resources: Limits and replicas.
            access: Address, keys and certificate.
            serving: Workers, timeouts, logs and everything else of the server.
            reset: Names of options that take their defaults again.
            image: Serve this registered image instead.
            progress: Hears of each phase; see `Progress`.
            **options: The fields of the three groups, by themselves.

        Returns:
            The number of the newest revision; it is starting when this returns. It is the one
            that there was where nothing changes.
        """
        asked = Asked.read(
            "reconfigure", options, resources=resources, access=access, serving=serving
        )
        self._row()
        return deployment.deploy(
            self._parts,
            Deployment(self.name, asked, served=Served(image=image), reset=tuple(reset)),
            progress_of(progress),
        )

    def change(
        self, *, tags: Mapping[str, str] | None = None, description: str | None = None
    ) -> None:
        """Replaces its tags or its description, without a new revision; None keeps them."""
        if tags is not None:
            check_pairs("tag", tags)
        if description is not None:
            check_text("The description", description)
        self._row()
        self._parts.store.services.change(self.name, tags=tags, description=description)

    def stop(self) -> None:
        """Ends its processes and keeps everything else; `restart` brings it back."""
        with operation(self._parts, self.name, "stop"):
            self._target.stop(self.name)

    def enable(self) -> None:
        """Has the user's systemd bring it back after a reboot.

        Raises:
            InvalidInputError: there is no systemd, or its target does not need one.
        """
        with operation(self._parts, self.name, "enable"):
            target = self._target
            key = self._parts.store.workspace
            if (key.subscription_id, key.resource_group) != (_LOCAL, _LOCAL):
                raise InvalidInputError(
                    "Only services of workspaces with subscription and resource group "
                    f"{_LOCAL!r} can be enabled.",
                    code=ErrorCode.SERVICE_NO_BOOT,
                    hint=Hint.of(
                        "Start it after a boot with {}.", Action(Verb.RESTART, {"name": self.name})
                    ),
                )
            brygga = (sys.executable, "-c", "from brygga.cli import main; main()")
            target.enable(self.name, (*brygga, "--workspace", key.name, "service"))

    def disable(self) -> bool:
        """Has it left alone after a reboot; whether it was enabled before."""
        with operation(self._parts, self.name, "disable"):
            return self._target.disable(self.name)

    def restart(self, *, progress: ProgressLike = None) -> None:
        """Starts it anew as it is, on the same port; also after the machine was restarted."""
        with operation(self._parts, self.name, "restart"):
            self._target.restart(self.name, progress_of(progress))

    def delete(self) -> None:
        """Ends and removes it; nothing of it stays. Idempotent."""
        self.close()
        with operation(self._parts, self.name, "delete"):
            row = self._parts.store.services.find(self.name)
            if row is not None:
                self._parts.target_of(row).delete(self.name)
            self._parts.secrets.delete(self.name)
            self._parts.store.services.delete(self.name)

    @property
    def _target(self) -> Target:
        return self._parts.target_of(self._row())

    def _row(self) -> ServiceRow:
        row = self._parts.store.services.find(self.name)
        if row is None:
            known = [r.name for r in self._parts.store.services.list()]
            raise NotFoundError("service", self.name, known)
        return row

    def _newest(self) -> RevisionRow:
        self._row()
        return self._parts.store.services.revisions(self.name)[-1]

    def _rollback_to(self, number: int | None) -> RevisionRow:
        rows = self._parts.store.services.revisions(self.name)
        serving = self._observe().revision
        if number is None:
            older = [r for r in rows if r.status == "ready" and r.number < (serving or 0)]
            if not older:
                raise InvalidInputError(
                    f"The service {self.name!r} has no earlier revision that served.",
                    code=ErrorCode.REVISION_NOT_FOUND,
                    hint=Hint.of(
                        "Those that are kept: {}.", Action(Verb.REVISIONS, {"name": self.name})
                    ),
                )
            return older[-1]
        for row in rows:
            if row.number == number:
                return row
        known = [str(r.number) for r in rows]
        raise NotFoundError("revision", str(number), known)

    def _observe(self) -> WorkloadStatus:
        return observe(self._parts, self._row())

    def _abandoned(self, number: int) -> Diagnosis | None:
        """Why a revision will never start that its target knows nothing of."""
        self._observe()
        row = self._parts.store.services.find_revision(self.name, number)
        if row is None or row.status != "failed":
            return None
        return Diagnosis.from_dict(
            row.diagnosis or {"cause": "interrupted", "message": "It ended."}
        )


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what show_output asks for
