"""Generations of workers: a new one grows beside the old one and takes over when it is ready."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from brygga_server.files import write_bytes
from brygga_server.front.clock import Clock
from brygga_server.front.cors import Cors
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.keys import Keys
from brygga_server.front.pool import Pool, Spawner, Watcher
from brygga_server.front.process import Process
from brygga_server.front.status import Status
from brygga_server.front.worker import Ending, Worker
from brygga_server.front.worker_failure import WorkerFailure
from brygga_server.settings import ServerSettings, SettingsError, read


class Host(Watcher, Protocol):
    """What the generations need of the front."""

    settings: ServerSettings
    dispatch: Dispatch
    draining: bool

    def take(self, settings: ServerSettings, keys: Keys) -> None:
        """New limits, keys and times."""

    def failed(self, diagnosis: dict[str, object]) -> None:
        """The only generation there is does not come up."""


class Generations:
    """At most one generation serves and one is pending; any number finish what they hold."""

    def __init__(
        self,
        clock: Clock,
        host: Host,
        status: Status,
        spawner: Spawner,
        file: str | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            file: The configuration the front starts from. That of a generation that has taken over
                is put in its place, so that a front that is started again serves the same.
        """
        self.pools: list[Pool] = []
        self._clock = clock
        self._host = host
        self._status = status
        self._spawner = spawner
        self._active: Pool | None = None
        self._pending: Pool | None = None
        self._file = file
        self._applied: str | None = None  # the file of the pending generation

    def start(self, first: Process | None = None) -> None:
        """Starts the first generation; `first` is a worker that is on its way already."""
        self._status.write()
        self._begin(self._host.settings, first)

    def apply(self, file: str) -> dict[str, object]:
        """Starts a generation from a configuration file; one that is pending gives way.

        Returns:
            The answer of the control socket.
        """
        try:
            settings = read({}, {}, file, profile=self._host.settings.profile)
            Keys.load(settings.keys_file)
            Cors.of(settings)
        except SettingsError as error:
            return {"ok": False, "error": str(error)}
        if self._host.draining:
            return {"ok": False, "error": "The service is stopping."}
        self.replace(settings)
        self._applied = file
        return {"ok": True}

    def replace(self, settings: ServerSettings) -> None:
        """Starts a generation beside the present one."""
        self._applied = None
        if self._pending is not None and self._pending is not self._active:
            self._pending.end_all()
        self._status.pending = {
            "revision": settings.revision, "state": "starting", "diagnosis": None,
        }  # fmt: skip
        self._status.write()
        self._begin(settings, None)

    def reload_keys(self) -> dict[str, object]:
        """Reads the keys file anew; where it cannot be used, the old keys go on working."""
        try:
            keys = Keys.load(self._host.settings.keys_file)
        except SettingsError as error:
            return {"ok": False, "error": str(error)}
        self._host.take(self._host.settings, keys)
        return {"ok": True}

    def reaped(self, pid: int, returncode: int) -> None:
        """A child of the front has ended; adopted ones concern nobody."""
        for pool in self.pools:
            worker = pool.find(pid)
            if worker is not None:
                pool.reaped(worker, returncode)
                return

    def changed(self, pool: Pool) -> None:
        """A worker of a pool became ready or ended."""
        if pool.failure is not None and pool is self._pending:
            self._failed(pool)
        elif pool is self._pending and pool.complete:
            self._switch(pool)
        if pool is self._active and pool.ready and self._status.state == "unready":
            self._status.become("ready")
        elif pool is self._active and pool.stuck and not pool.ready:
            self._stuck()
        if not pool.workers and pool not in (self._active, self._pending) and pool in self.pools:
            self.pools.remove(pool)

    def lost(self, worker: Worker, why: WorkerFailure) -> None:
        """A worker has ended; where it was the last of a proven revision, this is told."""
        serving = self._active or self._pending
        if serving is None or not serving.proven or self._host.draining or serving.failure:
            return
        if not serving.ready and worker.ended_for is not Ending.RESIZED:
            self._status.become("unready", worker.diagnosis or why.to_dict())

    def _stuck(self) -> None:
        if self._status.state == "ready":
            message = "run() took too long and does not come back: another worker starts."
            self._status.become(
                "unready", WorkerFailure(cause="worker_died", message=message).to_dict()
            )

    def give_up_pending(self) -> None:
        """What was to come next will not come."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.end_all()

    def stop(self) -> None:
        """Lets every worker finish."""
        for pool in self.pools:
            pool.stop()

    def end_all(self) -> None:
        """Kills every worker."""
        for pool in self.pools:
            pool.end_all()

    @property
    def workers(self) -> list[Worker]:
        """All workers there are."""
        return [worker for pool in self.pools for worker in pool.workers]

    def _begin(self, settings: ServerSettings, first: Process | None) -> None:
        alone = self._active is None and not self._status.beside
        proven = alone and settings.revision in self._status.ready_revisions
        pool = Pool(self._clock, settings, self._host, proven=proven, spawner=self._spawner)
        self._pending = pool
        self.pools.append(pool)
        pool.start(first)

    def _switch(self, pool: Pool) -> None:
        old, self._active, self._pending = self._active, pool, None
        try:
            keys = Keys.load(pool.settings.keys_file)
        except SettingsError as error:
            # It could be read when the generation began; whoever broke it since hears of it here.
            self._host.note(f"The old keys stay: {error}", "error")
        else:
            self._host.take(pool.settings, keys)
        self._host.dispatch.pool = pool
        self._keep()
        self._status.revision = pool.settings.revision
        self._status.pending = None
        self._status.become("ready")
        if old is not None:
            self._host.note(f"Revision {pool.settings.revision} has taken over")
            old.stop()

    def _keep(self) -> None:
        applied, self._applied = self._applied, None
        if applied is None or self._file is None:
            return
        try:
            write_bytes(Path(self._file), Path(applied).read_bytes())
        except OSError as error:
            self._host.note(f"After a restart the old revision would serve: {error}", "error")

    def _failed(self, pool: Pool) -> None:
        self._pending = None
        why = pool.failure.to_dict() if isinstance(pool.failure, WorkerFailure) else pool.failure
        assert why is not None  # changed() asked
        if self._active is None:
            self._status.pending = None
            self._status.become("failed", why)
            self._host.failed(why)
            return
        self._status.pending = {
            "revision": pool.settings.revision, "state": "failed", "diagnosis": why,
        }  # fmt: skip
        self._status.write()
        self._host.note(f"The new revision does not come up: {why.get('message')}", "error")
