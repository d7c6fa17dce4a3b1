"""The seam between the front and what holds its service to its limits."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable
from typing import Protocol

from brygga_server.settings import ServerSettings


class Generation(Protocol):
    """What is to be known of a pool of workers."""

    settings: ServerSettings
    contract: dict[str, object]  # empty until a worker was ready

    @property
    def pids(self) -> list[int]:
        """Of its workers that are ready."""


class Confinement(abc.ABC):
    """Holds one front and its workers to the limits of their service."""

    @abc.abstractmethod
    def enter(self) -> None:
        """Puts this process where a front belongs."""

    @abc.abstractmethod
    def leave(self) -> None:
        """Puts this process, which is none of the service, back where the front was before."""

    @abc.abstractmethod
    def before_exec(self, settings: ServerSettings) -> Callable[[], None]:
        """What a new worker does to itself before it executes."""

    @abc.abstractmethod
    def look(self, generations: Iterable[Generation]) -> None:
        """Sets what follows from the generations there are; called often."""

    @abc.abstractmethod
    def kernel_kills(self, settings: ServerSettings) -> int:
        """How often the kernel has killed a worker of a generation for its memory."""

    @abc.abstractmethod
    def peak(self, settings: ServerSettings) -> int:
        """The most memory that the workers of a generation held together; 0 if unknown."""

    @abc.abstractmethod
    def describe(self, settings: ServerSettings) -> str:
        """What holds the limits, for people."""
