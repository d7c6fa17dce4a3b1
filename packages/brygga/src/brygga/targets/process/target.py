"""Services as processes of this machine: the embedded default."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from brygga.environments.realise import RealisedEnvironment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, StoreError
from brygga.images.approot import lay_out
from brygga.operations import Phase, Progress
from brygga.spec import ServiceSpec, Workload
from brygga.store.blobs import BlobStore
from brygga.store.files import write_json
from brygga.targets.base import WorkloadState, WorkloadStatus
from brygga.targets.capabilities import Capabilities
from brygga.targets.local import control, listening
from brygga.targets.local.cgroups import (
    existing_control_groups,
    members,
    remove_control_groups,
)
from brygga.targets.local.folder import read_json
from brygga.targets.local.host import HostTarget
from brygga.targets.local.limits import check_limits
from brygga.targets.local.logs import follow_log, read_log
from brygga.targets.process import fronts
from brygga.targets.process.folder import ProcessFolder
from brygga.targets.process.status import read_status

_FINISHING = 3  # newest revisions whose app roots stay for what they have begun

Realise = Callable[[str, Progress], RealisedEnvironment]
"""From a digest (of a lock, or of a server) to what was realised of it."""


class ProcessTarget(HostTarget):
    """Runs each service as a supervisor, a front and workers of this machine.

    An update goes to the running front, which starts the new revision's workers beside the old
    ones. What that front cannot take (another server, another profile) is given to a new front,
    which takes over socket and connections. Only another host or port is a new start.
    """

    kind = "process"
    capabilities = Capabilities(
        on_host=True,
        instead={
            "num_replicas": "it runs one, with as many workers as it has cores",
            "gpus": "it gives none, the script sees those of the machine",
            "restart_policy": "its supervisor starts again whatever fails",
            "tls": "it speaks plain HTTP, on loopback",
        },
    )

    def __init__(
        self,
        services: Path,
        home: Path,
        *,
        blobs: BlobStore,
        environment: Realise,
        server: Realise,
    ) -> None:
        """Keeps everything below the folder `services`, a part of `home`."""
        super().__init__(services, home)
        self._blobs = blobs
        self._environment = environment
        self._server = server

    def validate(self, spec: ServiceSpec) -> None:
        """Checks limits and address against this machine."""
        check_limits(spec)
        folder = self._folder(spec.name)
        if spec.port is not None and not self._holds(folder, spec.host, spec.port):
            listening.listen(spec.host, spec.port).close()
        listening.check_metrics_port(spec, fronts.metrics_port_of(folder))

    def apply(self, workload: Workload, progress: Progress) -> None:
        """Lays the revision out, then hands it to the running front or starts one."""
        folder = self._folder(workload.spec.name)
        environment = self._environment(workload.bundle.lock, progress)
        server = self._installed(workload.bundle.server, progress)
        progress.phase(Phase.LAYING_OUT, "Laying out the models and the code")
        lay_out(workload.bundle, folder.revision(workload.revision) / "app", self._blobs)
        config = fronts.write_revision(folder, workload, environment)
        write_json(folder.keys_file, {"version": 1, "keys": dict(workload.key_hashes)})
        if not self._can_be_updated(folder, workload):
            progress.phase(Phase.STARTING, "Starting the service")
            self._start(folder, workload, config, server)
        else:
            # Keys are the service's, whatever becomes of the revision.
            control.tell(folder, {"op": "keys"})
            progress.phase(Phase.STARTING, "Starting the new revision beside the old one")
            self._update(folder, workload, config, server)
        self.reconcile(workload.spec.name)

    def status(self, service: str) -> WorkloadStatus:
        """Read from files, the lock and the front; costs no more than a millisecond or two."""
        return read_status(self._folder(service))

    def reconcile(self, service: str) -> None:
        """Brings back what was killed, and removes app roots nobody serves from.

        What is kept of those can be laid out again from blobs. Control groups that nobody is in go.
        """
        folder = self._folder(service)
        self._bring_back(folder)
        if self.left_of(service):
            remove_control_groups(existing_control_groups(folder.identity))
        status = read_status(folder)
        kept = {int(p.name): p for p in folder.path.glob("revisions/*") if p.name.isdigit()}
        # Requests that a revision had begun go on after another has taken its place.
        needed = {status.revision, status.pending, *sorted(kept)[-_FINISHING:]}
        for number, own in kept.items():
            if number not in needed:
                shutil.rmtree(own, ignore_errors=True)

    def left_of(self, service: str) -> tuple[str, ...]:
        """Control groups of processes that were killed with their supervisor."""
        folder = self._folder(service)
        groups = existing_control_groups(folder.identity)
        ended = groups and not control.is_running(folder) and not members(groups)
        return tuple(sorted(groups.values())) if ended else ()

    def logs(
        self, service: str, *, lines: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """Of the front and all workers, of this and earlier revisions."""
        folder = self._folder(service)
        if not follow:
            return iter(read_log(folder.log_file, lines))
        return follow_log(folder.log_file, lines, lambda: not folder.service_file.exists())

    def answers(
        self, service: str, question: Mapping[str, object]
    ) -> Iterator[Mapping[str, object]]:
        """See `Target`; there is one front."""
        try:
            answer = control.ask(self._folder(service), dict(question), timeout_s=1.0)
        except StoreError:
            return
        if isinstance(answer, dict) and answer.get("ok"):
            yield answer

    def set_keys(self, service: str, key_hashes: Mapping[str, str]) -> None:
        """Writes the hashes; a running front reads them at once."""
        folder = self._existing(service)
        write_json(folder.keys_file, {"version": 1, "keys": dict(key_hashes)})
        if control.is_running(folder):
            control.tell(folder, {"op": "keys"})

    def restart(self, service: str, progress: Progress) -> None:
        """Ends what runs, if anything does, and starts the serving revision on the same port."""
        folder = self._existing(service)
        applied = read_json(folder.service_file) or {}
        plan = read_json(folder.supervisor_file) or {}
        # What served last, which an update that failed did not change.
        server = self._installed(str(plan.get("server", applied["server"])), progress)
        progress.phase(Phase.STOPPING, "Stopping the service")
        self._stop(folder)
        progress.phase(Phase.STARTING, "Starting the service")
        with listening.listen_again(str(applied["host"]), int(str(applied["port"]))) as sock:
            self._begin(folder, server, sock)

    def stop(self, service: str) -> None:
        """The port is not kept for it, but asked for again."""
        folder = self._existing(service)
        write_json(
            folder.service_file, {**(read_json(folder.service_file) or {}), "stopped": time.time()}
        )
        self._stop(folder)

    def delete(self, service: str) -> None:
        """Ends the processes, then removes the folder, the socket and the unit."""
        folder = self._folder(service)
        self.disable(service)
        self._stop(folder)
        folder.control_socket.unlink(missing_ok=True)
        folder.service_file.unlink(missing_ok=True)
        shutil.rmtree(folder.path, ignore_errors=True)

    def _installed(self, release: str, progress: Progress) -> fronts.Server:
        return fronts.Server(release, self._server(release, progress).python)

    def _can_be_updated(self, folder: ProcessFolder, workload: Workload) -> bool:
        applied = read_json(folder.service_file)
        if applied is None or not control.is_running(folder):
            return False
        return (
            workload.spec.port in (None, applied["port"])
            and applied["host"] == workload.spec.host
            and read_status(folder).state is not WorkloadState.FAILED
        )

    def _update(
        self,
        folder: ProcessFolder,
        workload: Workload,
        config: Path,
        server: fronts.Server,
    ) -> None:
        heir = read_json(folder.next_status_file) or {}
        if heir.get("state") == "starting" or fronts.needs_new_front(folder, config, server):
            fronts.succeed(folder, server, config)
        else:
            folder.next_status_file.unlink(missing_ok=True)
            answer = control.tell(folder, {"op": "apply", "config": str(config)})
            if not isinstance(answer, dict) or not answer.get("ok"):
                reason = answer.get("error") if isinstance(answer, dict) else answer
                raise StoreError(
                    f"The service {workload.spec.name!r} refused the update: {reason}",
                    code=ErrorCode.SERVICE_CHANGE_REFUSED,
                )
        applied = read_json(folder.service_file) or {}
        new = {"revision": workload.revision, "server": workload.bundle.server}
        write_json(folder.service_file, {**applied, **new})

    def _start(
        self,
        folder: ProcessFolder,
        workload: Workload,
        config: Path,
        server: fronts.Server,
    ) -> None:
        applied = read_json(folder.service_file)
        self._stop(folder)
        host, asked = workload.spec.host, workload.spec.port
        kept = None if applied is None else int(str(applied["port"]))
        with listening.bind(host, asked=asked, kept=kept, name=str(folder.path)) as sock:
            port = sock.getsockname()[1]
            write_json(
                folder.service_file,
                {
                    "version": 1,
                    "revision": workload.revision,
                    "server": workload.bundle.server,
                    "host": host,
                    "port": port,
                },
            )
            write_json(folder.serve_file, read_json(config) or {})
            self._begin(folder, server, sock)

    def _begin(self, folder: ProcessFolder, server: fronts.Server, sock: socket.socket) -> None:
        applied = {**(read_json(folder.service_file) or {})}
        if applied.pop("stopped", False):
            write_json(folder.service_file, applied)
        for stale in (folder.state_file, folder.control_socket):
            stale.unlink(missing_ok=True)
        # What an earlier start said is over, but which revisions were ready once still counts.
        said = read_json(folder.status_file) or {"version": 1}
        said |= {"state": "starting", "revision": None, "diagnosis": None, "pending": None}
        write_json(folder.status_file, said)
        fronts.start(folder, server, sock)

    def _bring_back(self, folder: ProcessFolder) -> None:
        """Supervisor or front, where one of both, or both, were killed or stopped by a signal."""
        control.bring_back_supervision(folder)
        applied, plan = read_json(folder.service_file), read_json(folder.supervisor_file)
        if not control.was_killed(folder) or applied is None or plan is None:
            return
        if applied.get("stopped") or read_status(folder).state is WorkloadState.FAILED:
            return
        # Who comes to delete it need not hear that its port is another's by now.
        with (
            contextlib.suppress(InvalidInputError, StoreError),
            listening.listen_again(str(applied["host"]), int(str(applied["port"]))) as sock,
        ):
            self._begin(folder, fronts.Server.of(plan), sock)

    def _stop(self, folder: ProcessFolder) -> None:
        control.stop(folder)
        remove_control_groups(existing_control_groups(folder.identity))

    def _holds(self, folder: ProcessFolder, host: str, port: int) -> bool:
        applied = read_json(folder.service_file)
        return (
            applied is not None
            and (applied["host"], applied["port"]) == (host, port)
            and control.is_running(folder)
        )

    def _folder(self, service: str) -> ProcessFolder:
        return ProcessFolder(self._services / service)

    def _existing(self, service: str) -> ProcessFolder:
        self._there(service)
        return self._folder(service)
