"""A service that was deployed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from brygga.arguments import checked
from brygga.errors import DeploymentError
from brygga.findings import RunFailure
from brygga.hints import Action, Hint, Verb
from brygga.images import Image
from brygga.markup import ShownList
from brygga.names import check_pairs, check_text
from brygga.notebook import shown_by_itself
from brygga.operations import OperationKind, ProgressLike, Several, progress_of
from brygga.services import lifecycle
from brygga.services.bundling import Served
from brygga.services.credentials import keys_of, replace_key
from brygga.services.dependencies import ServiceDependencies
from brygga.services.deployment import deploy
from brygga.services.exporting import exported
from brygga.services.facts import ServiceFacts
from brygga.services.inquiry import find_contract, find_failure
from brygga.services.keys import KeyName
from brygga.services.log_filter import LogFilter, moment, pattern
from brygga.services.manifest import drift, written_manifest
from brygga.services.observation import look_at_revisions
from brygga.services.operation import find_row
from brygga.services.preparation import Deployment
from brygga.services.reconciliation import reconcile_if_free
from brygga.services.revision import Revision
from brygga.services.rollback import roll_back
from brygga.services.session import ServiceSession
from brygga.services.streamed_answer import StreamedAnswer
from brygga.services.waiting import TimedLines, wait_until_ready
from brygga.spec import Access, Asked, Resources, Serving, takes
from brygga.spellings import Language, words
from brygga.store.secrets import KeyPair
from brygga.targets.base import BootStart, Drift, ForwardedPort


@checked
class Service(ServiceFacts):
    """A service by its name. What is asked of it is looked up each time, nothing is remembered.

    Get one from `workspace.services`. Creating a Service does not create anything.
    """

    def __init__(self, name: str, parts: ServiceDependencies) -> None:
        super().__init__(name, parts)
        self._session = ServiceSession(parts)

    def wait_for_deployment(
        self,
        *,
        show_output: bool = False,
        timeout_s: float | None = None,
        progress: ProgressLike = None,
        revision: int | None = None,
    ) -> None:
        """Blocks until the newest revision serves.

        Args:
            show_output: Print the phases as they happen, and the log's last lines on a failure.
            timeout_s: Give up after so many seconds; None waits as long as it takes.
            progress: Hears of each phase; see `Progress`.
            revision: This one, or one after it, is enough: after `restart()` the one that served.

        Raises:
            DeploymentError: it will not serve; the diagnosis says why.
        """
        shown = shown_by_itself() if progress is None and not show_output else None
        told = progress_of(shown or progress)
        if show_output:
            told = Several(told, TimedLines(_print))
        newest = self.snapshot().newest.number
        wanted = newest if revision is None else revision
        try:
            with shown or nullcontext():
                wait_until_ready(
                    self.snapshot,
                    self.name,
                    wanted,
                    timeout_s=timeout_s,
                    progress=told,
                    newest=newest,
                )
        except KeyboardInterrupt as error:
            again = Hint.of("Wait again: {}", Action(Verb.WAIT, {"name": self.name}))
            error.add_note(f"{self.name} goes on starting. {words(again, Language.PYTHON)}")
            raise
        except DeploymentError as error:
            for line in error.diagnosis.log if show_output else ():
                _print(line)
            raise
        finally:
            # Waiting is the end of a deployment: others, who cannot ask its target, read it.
            reconcile_if_free(self._parts, self.name)

    def run(self, data: object, *, timeout_s: float = 70.0) -> Any:
        """Scores data with the service and returns its decoded answer.

        Args:
            data: Bytes and text are sent as they are. A DataFrame is sent as its rows, an array as
                nested lists, under the parameter that the script declares, or else `data`. A
                `Path` is the CSV, `.npy`, image or JSON file there. Everything else is JSON.
            timeout_s: How long to wait for the answer.

        Raises:
            ServiceCallError: no answer, or an error; with the status and the body, and with what
                run() raised where it did.
        """
        return self._session.call(self.snapshot(), data, timeout_s=timeout_s)

    def stream(self, data: object, *, timeout_s: float = 70.0) -> StreamedAnswer:
        """As `run`, for a script that yields: an iterator over the parts of the answer.

        Args:
            data: As `run` takes it.
            timeout_s: How long to wait for the beginning, and for each part.

        Raises:
            ServiceCallError: no answer, or an error; while iterating, where it breaks off.
        """
        return self._session.stream(self.snapshot(), data, timeout_s=timeout_s)

    def close(self) -> None:
        """Gives up the connections that `run` keeps; the service is not touched."""
        self._session.close()

    def get_keys(self) -> KeyPair:
        """Its two keys.

        Raises:
            InvalidInputError: it was deployed without.
        """
        self._parts.target_of(find_row(self._parts, self.name))  # elsewhere they are kept elsewhere
        return keys_of(self._parts, self.spec)

    def regen_key(self, name: KeyName, *, value: str | None = None) -> str:
        """Replaces one of the two keys at once and returns the new one; the other goes on working.

        Args:
            value: The new key; None makes one.
        """
        return replace_key(self._parts, self.name, name, value)

    def logs(
        self,
        *,
        lines: int | None = None,
        follow: bool = False,
        since: str | None = None,
        grep: str | None = None,
        worker: int | None = None,
        request_id: str = "",
    ) -> Iterator[str]:
        """Lines of its log, of all its workers, oldest first.

        A traceback is one with the line that it belongs to: wanted or not as a whole.

        Args:
            lines: Only so many of the last ones; with `follow`, before anything is left out.
            follow: Go on with what is added, until it is deleted.
            since: Not older: `10m`, `2h`, or a time (UTC), as `2026-05-17T12:00`.
            grep: Only what this regular expression finds.
            worker: Only of one: 1 is the first of those that run; or its process id.
            request_id: Only what names this request.

        Raises:
            InvalidInputError: a time or an expression that is none.
        """
        row = find_row(self._parts, self.name)
        target = self._parts.target_of(row)
        wanted = LogFilter(
            since=None if since is None else moment(since, datetime.now(UTC)),
            pattern=None if grep is None else pattern(grep),
            pid=None if worker is None else self._pid(worker),
            request_id=request_id,
        )
        if wanted == LogFilter() or follow:
            return wanted.of(target.logs(self.name, lines=lines, follow=follow))
        return iter(deque(wanted.of(target.logs(self.name)), maxlen=lines))

    def find_failure(self, request_id: str) -> RunFailure | None:
        """What run() raised with a request, by the `x-ms-request-id` of its answer.

        None where it raised nothing, or that was too many failures ago.
        """
        return find_failure(self._parts, find_row(self._parts, self.name), request_id)

    def contract(self) -> Mapping[str, object]:
        """What its run() takes, in the words of docs/server.md: `takes_input` and `parameters`.

        Empty while it does not run.
        """
        return find_contract(self._parts, find_row(self._parts, self.name))

    def _pid(self, worker: int) -> int:
        """Of a worker by its number; what is no number of one is an id already."""
        running = self.details.get("workers")
        pids = [each["pid"] for each in running] if isinstance(running, list) else []
        return int(pids[worker - 1]) if 0 < worker <= len(pids) else worker

    def revisions(self) -> list[Revision]:
        """The revisions that are kept, oldest first."""
        return ShownList(look_at_revisions(self._parts, self.name), _revision_rows)

    def rollback(self, revision: int | None = None, *, progress: ProgressLike = None) -> int:
        """Deploys an older revision's bundle and spec again, as a new revision.

        Its access stays as it is today.

        Args:
            revision: Its number; None: the one that served before the one that serves now.

        Returns:
            The number of the new revision; it is starting when this returns.
        """
        with self._parts.begin(OperationKind.ROLLBACK, self.name, progress) as operation:
            return roll_back(self._parts, self.name, revision, operation)

    def export(self) -> str:
        """The project file (`brygga.toml`) of the service as its newest revision has it.

        Deployed again it changes nothing. Code, secrets and keys are not in it.
        """
        return exported(self._parts, self.name).text()

    def manifest(self, *, target: str | None = None, image: str | None = None) -> str:
        """The objects of its newest revision as YAML, for a cluster that others deploy to.

        Secrets are named in it; their values are not in it.

        Args:
            target: A declared cluster; None for that which runs it.
            image: Reference of its image in a registry; None for the one that is deployed.

        Raises:
            InvalidInputError: the target is no cluster, or no image of it is known.
        """
        return written_manifest(self._parts, self.name, target, image)

    def drift(self) -> list[Drift]:
        """What the cluster has otherwise than it was applied, and whose doing that is.

        Raises:
            InvalidInputError: it runs on no cluster.
        """
        return drift(self._parts, self.name)

    def forward(self, port: int = 0) -> ForwardedPort:
        """Has a port of this machine lead to its pods, until it is closed; a context manager.

        Args:
            port: 0 takes a free one; `url` of what is returned has it.

        Raises:
            InvalidInputError: it runs on no cluster, or the port is taken.
        """
        row = find_row(self._parts, self.name)
        return self._parts.target_of(row).forward(self.name, port)

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
        find_row(self._parts, self.name)
        wanted = Deployment(self.name, asked, served=Served(image=image), reset=tuple(reset))
        with self._parts.begin(OperationKind.RECONFIGURE, self.name, progress) as operation:
            return deploy(self._parts, wanted, operation)

    def change(
        self, *, tags: Mapping[str, str] | None = None, description: str | None = None
    ) -> None:
        """Replaces its tags or its description, without a new revision; None keeps them."""
        if tags is not None:
            check_pairs("tag", tags)
        if description is not None:
            check_text("The description", description)
        find_row(self._parts, self.name)
        self._parts.store.services.change(self.name, tags=tags, description=description)

    def stop(self, *, progress: ProgressLike = None) -> None:
        """Ends its processes and keeps everything else; `restart` brings it back."""
        with self._parts.begin(OperationKind.STOP, self.name, progress) as operation:
            lifecycle.stop(self._parts, self.name, operation)

    def restart(self, *, progress: ProgressLike = None) -> None:
        """Starts it anew as it is, on the same port; also after the machine was restarted."""
        with self._parts.begin(OperationKind.RESTART, self.name, progress) as operation:
            lifecycle.restart(self._parts, self.name, operation)

    def enable(self) -> BootStart:
        """Has it brought back after a reboot, by the user's systemd.

        Returns:
            Where no systemd answers, what has to be run after a boot; as a line of crontab, too.
        """
        return lifecycle.enable(self._parts, self.name)

    def disable(self) -> bool:
        """Has it left alone after a reboot; whether it was enabled before."""
        return lifecycle.disable(self._parts, self.name)

    def delete(self, *, progress: ProgressLike = None) -> None:
        """Ends and removes it; nothing of it stays. Idempotent."""
        self.close()
        with self._parts.begin(OperationKind.DELETE, self.name, progress) as operation:
            lifecycle.delete(self._parts, self.name, operation)

    def forget(self, *, progress: ProgressLike = None) -> None:
        """Removes what is known of it, where the host or the home that it runs from is gone.

        Nothing is ended by it: what cannot be reached may run on.

        Raises:
            InvalidInputError: it is here, or lives where it is.
        """
        self.close()
        with self._parts.begin(OperationKind.DELETE, self.name, progress) as operation:
            lifecycle.forget(self._parts, self.name, operation)


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what show_output asks for


def _revision_rows(found: Sequence[Revision]) -> list[dict[str, object]]:
    return [
        {
            "revision": each.number,
            "status": "serves" if each.serving else each.status,
            "models": each.models,
            "created": each.created_at,
            "by": each.created_by,
            "error": None if each.diagnosis is None else each.diagnosis.sentence,
        }
        for each in found
    ]
