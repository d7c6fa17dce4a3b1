"""What containers are for nothing is ended and removed: under the lock of operations only."""

from __future__ import annotations

import contextlib
from pathlib import Path

from brygga.errors import InvalidInputError, StoreError
from brygga.images.engine import Engine
from brygga.targets.container import containers, gateway, logs, mounts
from brygga.targets.container.applied_state import AppliedState
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.container.view import View
from brygga.targets.local import control, listening

_GRACE_S = 1  # of a generation that has never answered anybody


def reconcile(folder: ContainerFolder, engine: Engine) -> None:
    """Gives up a newest generation that will never serve, and removes what nobody needs.

    The gateway ends what was replaced, and what was not ready in its time, by itself; what is left
    of that are dead containers. What it cannot see is found here: that an engine starts a container
    again and again, or that one never gets as far as to listen. And that it was killed itself.
    """
    _bring_back(folder)
    view = View.take(folder, engine, containers.find(engine, folder))
    if view is None:
        return
    _give_up(view, engine)
    _remove_unneeded(view, engine)


def _bring_back(folder: ContainerFolder) -> None:
    """The gateway or its supervisor, where they were killed or stopped by a signal."""
    control.bring_back_supervision(folder)
    applied, python = AppliedState.read(folder), next(folder.interpreters(), None)
    if applied is None or applied.stopped is not None or python is None:
        return
    if control.was_killed(folder):
        # Who comes to delete it need not hear that its port is another's by now.
        with (
            contextlib.suppress(InvalidInputError, StoreError),
            listening.listen_again(applied.host, applied.port) as sock,
        ):
            gateway.start_again(folder, Path(python), sock)


def _give_up(view: View, engine: Engine) -> None:
    """Ends the newest generation if it is hopeless; why stays written down, and its log."""
    newest, seen = view.applied.newest, view.seen
    if view.applied.failed is not None or seen is None:
        return
    if seen.generation == newest.id and seen.state != "starting":
        return  # it serves, or has served and may again
    found = view.hopeless()
    if found is None:
        return
    view.applied.but(view.folder, failed=found.to_dict())
    if seen.pending == newest.id:
        with contextlib.suppress(StoreError):
            gateway.abandon(view.folder, newest.id)
    for container in view.of(newest.id):
        if container.running:
            containers.end(engine, container, grace_s=_GRACE_S)


def _remove_unneeded(view: View, engine: Engine) -> None:
    """Removes containers that nobody needs; their logs are kept."""
    if view.seen is None:
        return
    needed = view.seen.needed | {view.applied.newest.id}
    for container in logs.by_age(view.there):
        if container.generation in needed:
            continue
        mounts.let_leave(view.folder, container.generation, container.replica)
        containers.end(engine, container)
        logs.keep(view.folder, engine, container)
        containers.remove(engine, container)
        mounts.remove(view.folder, container.generation)
