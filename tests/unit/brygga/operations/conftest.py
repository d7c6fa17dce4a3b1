"""Operations by a clock that the test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brygga.operations import OperationCollection, Subject, SubjectKind
from brygga.operations.clock import WallClock

BEGAN = 1_796_000_000.0
SERVICE = Subject(SubjectKind.SERVICE, "svc")


@dataclass
class Script:
    """A clock that stands still unless it is moved; whoever sleeps lets the next action happen.

    Attributes:
        at: Seconds since the beginning.
        actions: What others do while a follower sleeps, one at each of its pauses.
    """

    at: float = 0.0
    actions: list[Callable[[], object]] = field(default_factory=list)

    @property
    def clock(self) -> WallClock:
        return WallClock(lambda: BEGAN + self.at, lambda: self.at, self.sleep)

    def sleep(self, seconds: float) -> None:
        assert self.actions, "it waits for what will never come"
        self.at += seconds
        self.actions.pop(0)()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def operations(tmp_path: Path, script: Script) -> OperationCollection:
    return OperationCollection(tmp_path / "operations", script.clock)
