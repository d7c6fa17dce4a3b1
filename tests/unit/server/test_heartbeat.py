"""Who hangs and who is only slow, on a clock and with a process that are played."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

import pytest

from brygga_server.heartbeat import LOOK, PATIENCE, Found, FrontWatch, Heartbeat
from brygga_server.watched import Vitals, Watched


@dataclass
class Played(Watched):
    """Does what it is told to; `state` empty: it has ended."""

    pid: int = 7
    state: str = "S"
    cpu: float = 0.0
    faults: int = 0
    sent: list[signal.Signals] = field(default_factory=list)

    def has_ended(self) -> bool:
        return not self.state

    def vitals(self) -> Vitals | None:
        return Vitals(self.state, self.cpu, self.faults) if self.state else None

    def send(self, number: signal.Signals) -> None:
        self.sent.append(number)


class Watching:
    """A heartbeat that is looked at once a second, of a front that was heard once."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.front = Played()
        self.heartbeat = Heartbeat(self.front, self.now)
        self.heartbeat.heard()
        self.heartbeat.look(self.now)

    def pass_time(self, seconds: float, *, cpu: float = 0.0, step: float = LOOK) -> Found:
        """`cpu` is the share of a processor that the front is given."""
        found = Found.WELL
        for _ in range(round(seconds / step)):
            self.now += step
            self.front.cpu += cpu * step
            found = self.heartbeat.look(self.now)
            if found is not Found.WELL:
                return found
        return found


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.mark.parametrize(("state", "cpu"), [("S", 0.0), ("R", 1.0)], ids=["deadlock", "loop"])
def test_who_could_speak_and_does_not_hangs(watching: Watching, state: str, cpu: float) -> None:
    watching.front.state = state
    assert watching.pass_time(PATIENCE, cpu=cpu) is Found.WELL
    assert watching.pass_time(2, cpu=cpu) is Found.HANGS


def test_who_speaks_now_and_then_is_well(watching: Watching) -> None:
    for _ in range(10):
        assert watching.pass_time(PATIENCE - 1) is Found.WELL
        watching.heartbeat.heard()


def test_nothing_is_expected_before_it_was_heard_once() -> None:
    watching = Watching()
    watching.heartbeat = Heartbeat(watching.front, watching.now)
    assert watching.pass_time(10 * PATIENCE) is Found.WELL


def test_a_machine_that_was_asleep_for_an_hour(watching: Watching) -> None:
    watching.pass_time(PATIENCE - 2)
    watching.now += 3600
    assert watching.pass_time(1) is Found.WELL
    watching.heartbeat.heard()
    assert watching.pass_time(PATIENCE) is Found.WELL


def test_a_clock_that_jumps_again_and_again(watching: Watching) -> None:
    assert watching.pass_time(100 * PATIENCE, step=5 * LOOK) is Found.WELL


def test_who_waits_for_a_disk_does_not_hang(watching: Watching) -> None:
    watching.front.state = "D"
    assert watching.pass_time(10 * PATIENCE) is Found.WELL


def test_a_machine_that_swaps_is_slow_and_not_silent(watching: Watching) -> None:
    for _ in range(round(10 * PATIENCE)):
        watching.front.faults += 40
        assert watching.pass_time(1) is Found.WELL


def test_who_is_given_no_processor_cannot_speak(watching: Watching) -> None:
    watching.front.state = "R"
    assert watching.pass_time(10 * PATIENCE, cpu=0.05) is Found.WELL
    assert watching.pass_time(11 * PATIENCE, cpu=0.05) is Found.HANGS  # so much, at last


def test_a_debugger_may_take_its_time(watching: Watching) -> None:
    watching.front.state = "t"
    assert watching.pass_time(100 * PATIENCE) is Found.WELL


def test_who_was_stopped_is_not_taken_for_hanging(watching: Watching) -> None:
    watching.front.state = "T"
    assert watching.pass_time(1) is Found.STOPPED


def test_who_has_ended_is_others_matter(watching: Watching) -> None:
    watching.front.state = ""
    assert watching.pass_time(10 * PATIENCE) is Found.WELL


class WatchingFront(Watching):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.watch = FrontWatch(self.front, self.now, self.told.append)
        self.watch.heard()

    def let_pass(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += LOOK
            self.watch.look(self.now)


def test_who_hangs_is_asked_where_then_killed() -> None:
    watching = WatchingFront()
    watching.let_pass(22)
    assert watching.front.sent == [signal.SIGABRT]
    assert "hangs" in watching.told[0]
    assert "for 21 s" in watching.told[0]
    watching.let_pass(1)
    assert watching.front.sent == [signal.SIGABRT, signal.SIGKILL]
    assert len(watching.told) == 1


def test_a_front_that_was_asked_to_end_and_hangs_is_ended_all_the_same() -> None:
    watching = WatchingFront()
    watching.front.send(signal.SIGTERM)  # as the supervisor does, and nothing comes of it
    watching.let_pass(23)
    assert watching.front.sent[1:] == [signal.SIGABRT, signal.SIGKILL]


def test_who_was_stopped_goes_on() -> None:
    watching = WatchingFront()
    watching.front.state = "T"
    watching.let_pass(3)
    assert watching.front.sent == [signal.SIGCONT] * 3
