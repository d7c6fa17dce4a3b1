"""Why containers do not serve: what they said, what the engine says, and what to try."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from brygga.errors import StoreError
from brygga.findings import Cause, Diagnosis
from brygga.images.engine import Engine
from brygga.targets.container import logs
from brygga.targets.container.applied_state import AppliedGeneration, AppliedState
from brygga.targets.container.containers import Container, InspectedContainer
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.local.folder import read_json

_LOG_LINES = 20
_KILLED = 137
_RESTARTS = 3
_MOSTLY = 0.7
_TO_LISTEN_S = 60.0
_TO_BE_MADE_S = 300.0
_STARTED_AGAIN_S = 3.0


def of_start(
    folder: ContainerFolder,
    engine: Engine,
    applied: AppliedState,
    there: Sequence[InspectedContainer],
) -> Diagnosis | None:
    """Why the newest generation, which was never ready, will not be; None while it may.

    Args:
        there: Its containers, as far as the engine has them.
    """
    generation = applied.newest
    for container in there:
        said = told(folder, container)
        found = (
            _told_failure(said)
            or _ended(container, generation, said)
            or _never_listened(folder, container)
        )
        if found is not None:
            return with_evidence(engine, container, found, generation)
    if not applied.complete:
        late = time.time() - generation.started_at > _TO_BE_MADE_S
        return Diagnosis(Cause.INTERRUPTED, "Its deployment was interrupted.") if late else None
    if len(there) < generation.replicas:
        return Diagnosis(
            Cause.SERVER_DIED, "A container was removed from outside before it served."
        )
    if time.time() - generation.started_at > patience(generation):
        return of_patience(engine, generation, there)
    return None


def patience(generation: AppliedGeneration) -> float:
    """How many seconds a generation is waited for: its `init()`, and some for the container."""
    return generation.init_timeout_s + _TO_LISTEN_S


def of_patience(
    engine: Engine, generation: AppliedGeneration, there: Sequence[InspectedContainer]
) -> Diagnosis:
    """That a generation did not become ready in all the time it had."""
    message = f"It did not become ready within {patience(generation):.0f} s."
    found = Diagnosis(Cause.INIT_TIMEOUT, message)
    return with_evidence(engine, there[0], found, generation) if there else found


def of_end(
    folder: ContainerFolder,
    engine: Engine,
    generation: AppliedGeneration,
    there: Sequence[InspectedContainer],
) -> Diagnosis | None:
    """Why a generation that has served does so no more; None while its containers live.

    Also while one of them is about to be started again.
    """
    if any(container.running for container in there):
        return None
    if not there:
        return Diagnosis(Cause.STOPPED, "Its containers were removed from outside.")
    container = there[0]
    found = _ended(container, generation, told(folder, container))
    if found is None:
        return None
    if container.exit_code == 0:
        when = f" at {container.finished_at:%Y-%m-%d %H:%M:%S} UTC" if container.finished_at else ""
        message = f"{container.name} was stopped from outside{when}."
        found = Diagnosis(Cause.STOPPED, message, exit_code=container.exit_code)
    return with_evidence(engine, container, found, generation)


def of_loss(
    folder: ContainerFolder,
    engine: Engine,
    generation: AppliedGeneration,
    there: Sequence[InspectedContainer],
) -> Diagnosis | None:
    """Why a generation that serves has fewer replicas than it should; None where that passes."""
    rest = f"{sum(c.running for c in there)} of {generation.replicas} replicas go on."
    for number in range(generation.replicas):
        own = [container for container in there if container.replica == number]
        if not own:
            message = f"The container of replica {number} was removed from outside; {rest}"
            return Diagnosis(Cause.STOPPED, message)
        found = of_end(folder, engine, generation, own)
        if found is not None:
            return replace(found, message=f"{found.message.rstrip('.')}; {rest}")
    return None


def told(folder: ContainerFolder, container: Container) -> Mapping[str, object]:
    """What the front in a container has written of its state; empty where it has not."""
    try:
        run = folder.replica(container.generation, container.replica)
        return read_json(run / "status.json") or {}
    except StoreError:
        return {}


def with_evidence(
    engine: Engine, container: Container, found: Diagnosis, generation: AppliedGeneration
) -> Diagnosis:
    """The last lines of its log; and where memory ran out, how much there was."""
    log = tuple(logs.of_container(engine, container, _LOG_LINES))
    if found.cause is Cause.OUT_OF_MEMORY:
        limit = generation.memory_bytes
        peak = found.peak_memory_bytes or limit
        files = " Files in /tmp count as memory, too." if peak < _MOSTLY * limit else ""
        found = replace(
            found,
            message=f"{found.message}{files}",
            memory_limit_bytes=limit,
            peak_memory_bytes=peak,
        )
    return replace(found, log=log)


def _told_failure(said: Mapping[str, object]) -> Diagnosis | None:
    diagnosis = said.get("diagnosis")
    if said.get("state") != "failed" or not isinstance(diagnosis, dict):
        return None
    return Diagnosis.from_dict(diagnosis)


def _ended(
    container: InspectedContainer, generation: AppliedGeneration, said: Mapping[str, object]
) -> Diagnosis | None:
    """What the engine says of a container that has ended, or ends again and again."""
    code = container.exit_code
    if container.restarts < _RESTARTS:
        if container.running:
            return None
        if code and generation.restart_policy != "no" and _just_now(container):
            return None  # the engine is about to start it again
    if container.out_of_memory or (code == _KILLED and _was_full(said, generation)):
        message = (
            f"The container was killed at its memory limit of "
            f"{generation.memory_bytes / 2**20:.0f} MiB."
        )
        return Diagnosis(Cause.OUT_OF_MEMORY, message, exit_code=code)
    how = f"ended with exit code {code}"
    if code > 128:
        how = f"was ended by signal {code - 128}"
    message = f"{container.name} {how}."
    if container.restarts:
        message = f"{container.name} ended {container.restarts} times and was started again."
    return Diagnosis(Cause.SERVER_DIED, message, exit_code=code)


def _never_listened(folder: ContainerFolder, container: InspectedContainer) -> Diagnosis | None:
    """Its first act is to make its socket; what takes long comes after it."""
    started = container.started_at
    place = folder.replica(container.generation, container.replica) / "serve.sock"
    if not container.running or started is None or place.exists():
        return None
    if (datetime.now(UTC) - started).total_seconds() < _TO_LISTEN_S:
        return None
    message = f"{container.name} ran, but did not listen within {_TO_LISTEN_S:.0f} s."
    return Diagnosis(Cause.NEVER_LISTENED, message)


def _just_now(container: InspectedContainer) -> bool:
    ended = container.finished_at
    return ended is None or (datetime.now(UTC) - ended).total_seconds() < _STARTED_AGAIN_S


def _was_full(said: Mapping[str, object], generation: AppliedGeneration) -> bool:
    diagnosis = said.get("diagnosis")
    peak = diagnosis.get("peak_memory_bytes") if isinstance(diagnosis, dict) else None
    return isinstance(peak, int) and peak > _MOSTLY * generation.memory_bytes
