"""The files of a base image, looked at without running anything of it."""

from __future__ import annotations

import abc


class BaseFiles(abc.ABC):
    """What is in an image, whoever has it."""

    @abc.abstractmethod
    def resolve(self, path: str) -> str | None:
        """Where an absolute path leads, with all links followed; None where nothing is there."""

    @abc.abstractmethod
    def read(self, path: str, most: int) -> bytes:
        """The beginning of a file that `resolve` found, `most` bytes at most."""
