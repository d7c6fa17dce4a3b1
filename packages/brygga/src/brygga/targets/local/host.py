"""What the targets have in common whose services live on this machine, in a folder of this home."""

from __future__ import annotations

import abc
import os
import shlex
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.store.database import user_name
from brygga.store.disk import size_of
from brygga.store.filelock import FileLock
from brygga.store.rows import Whereabouts
from brygga.targets.base import BootStart, Elsewhere, Target
from brygga.targets.local import boot
from brygga.targets.local.folder import ServiceFolder


def this_place(home: Path) -> Whereabouts:
    """This machine, and the Brygga home that is used on it."""
    return Whereabouts(socket.gethostname(), str(home.resolve()))


class HostTarget(Target):
    """A target of this machine: a service belongs to the machine and the home that deployed it.

    Several machines and homes may share a store. What is not this one's is shown as what it is, and
    refused: its processes, keys and files are out of reach.
    """

    def __init__(self, services: Path, home: Path) -> None:
        """Keeps each service in a folder of its name below `services`, a part of `home`."""
        self._services = services
        self._home = home

    @property
    def place(self) -> Whereabouts:
        """This machine and this home."""
        return this_place(self._home)

    def elsewhere(self, service: str, place: Whereabouts | None) -> Elsewhere | None:
        """By the names of machine and home; where no home was noted, by what lies here."""
        here = self.place
        if place is None:
            return None
        if place == here:
            return self._of_somebody_else(service)
        if place.host != here.host:
            return Elsewhere(
                f"on {place.host}",
                f"runs on {place.host!r}, this is {here.host!r}",
                f"Ask for it on {place.host!r}.",
            )
        if place.home is None and (self._services / service).is_dir():
            return None
        where = "from another home of this host"
        way_out = "Ask for it with the BRYGGA_HOME that it was deployed with."
        if place.home is not None:
            where = f"{where}, at {place.home}"
            way_out = f"Ask for it with BRYGGA_HOME={shlex.quote(place.home)}"
        return Elsewhere(where, f"runs {where}", way_out)

    def forget(self, service: str, place: Whereabouts | None) -> None:
        """By what can be seen of its folder, which may be on a disk that machines share."""
        found = self.elsewhere(service, place)
        if found is None or place is None:
            raise self._within_reach(service)
        home = self._home if place.home is None else Path(place.home)
        there = home / self._services.relative_to(self._home) / service
        on_this_host = place.host == self.place.host
        if _may_live(there, only_running=not on_this_host):
            raise InvalidInputError(
                f"The service {service!r} {found.clause}, and what it is made of is there, in "
                f"{there}.",
                code=ErrorCode.SERVICE_ELSEWHERE,
                hint=found.way_out,
            )
        if place.home == self.place.home:  # this machine had another name, or shared its disk
            self.delete(service)

    def enable(self, service: str, command: Sequence[str]) -> BootStart:
        """A unit of the user's systemd, or a script where none answers."""
        return boot.enable(self._there(service), command, boot.variables_of(self._home))

    def disable(self, service: str) -> bool:
        """Removes unit and script."""
        return boot.disable(self._folder(service))

    def _there(self, service: str) -> ServiceFolder:
        folder = self._folder(service)
        if not folder.service_file.exists():
            raise NotFoundError("service on this machine", service)
        return folder

    def _of_somebody_else(self, service: str) -> Elsewhere | None:
        """Where its files may not be read by this user."""
        folder = self._folder(service)
        files = (folder.service_file, folder.lock_file)
        unread = (_owner(file) for file in files if not os.access(file, os.R_OK))
        owner = next((each for each in unread if each is not None), None)
        if owner is None:
            return None
        name = user_name(owner)
        return Elsewhere(
            f"for another user, {name}",
            f"runs for {name}, whose files this user may not read",
            f"Ask for it as {name}.",
        )

    @abc.abstractmethod
    def _folder(self, service: str) -> ServiceFolder:
        """The files of a service, whether there are any or not."""

    def traces(self) -> Mapping[str, int]:
        """The folders of services."""
        found = sorted(path for path in self._services.glob("*") if path.is_dir())
        return {path.name: size_of(path) for path in found}

    def environments_in_use(self) -> frozenset[Path]:
        """What the files name that is run on this machine: servers, and environments of workers."""
        return frozenset(
            Path(python).parent.parent
            for path in self._services.glob("*")
            for python in self._folder(path.name).interpreters()
        )


def _owner(file: Path) -> int | None:
    """The user id; None where there is no such file."""
    try:
        return file.lstat().st_uid
    except PermissionError:
        return next(p.stat().st_uid for p in file.parents if os.access(p.parent, os.X_OK))
    except OSError:
        return None


def _may_live(folder: Path, *, only_running: bool) -> bool:
    """Whether a service is there, as far as that can be seen.

    Args:
        only_running: Whether files alone do not count: they may be of a machine that is gone.
    """
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # somebody else's
        return True
    return not only_running or FileLock(folder / "run" / "supervisor.lock").is_held()
