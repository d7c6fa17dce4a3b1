"""A front and its supervisor, of which one is played, in virtual time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.virtual_loop import VirtualLoop

from brygga_server.front.clock import Clock
from brygga_server.front.supervision import Supervision
from brygga_server.supervised_front import Adoption
from brygga_server.supervisor_channel import HERE, READY, Kept, SupervisorChannel, SupervisorLink
from brygga_server.watched import Vitals, Watched


@dataclass
class PlayedSupervisor(Watched):
    """`state` empty: it has ended."""

    line: SupervisorChannel
    pid: int = 40
    state: str = "S"
    sent: list[signal.Signals] = field(default_factory=list)

    def has_ended(self) -> bool:
        return not self.state

    def vitals(self) -> Vitals | None:
        return Vitals(self.state, 0.0, 0) if self.state else None

    def send(self, number: signal.Signals) -> None:
        self.sent.append(number)
        if number == signal.SIGCONT:
            self.state = "S"

    def die(self) -> None:
        self.state = ""
        self.line.close()

    def words(self) -> list[str]:
        """What it has been told since."""
        found: list[str] = []
        os.set_blocking(self.line.fileno(), False)
        while True:
            try:
                data = os.read(self.line.fileno(), 4096)
            except BlockingIOError:
                return found
            found.append(data.decode().partition('"word": "')[2].partition('"')[0])


class Scene:
    """A front whose supervisors are played; a new one may be slow to say who it is."""

    def __init__(self, folder: Path, *, beside: bool = False, keeps: bool = True) -> None:
        self.loop = VirtualLoop()
        self.supervisors: list[PlayedSupervisor] = []
        self.heard: list[str] = []
        self.said: list[str] = []
        self.gave_up = 0
        self.broken = False  # no supervisor can be started
        self.adoptions: list[Adoption] = []
        self.log, self.written = os.pipe2(os.O_NONBLOCK)
        (folder / "plan").write_text(
            '{"version": 1, "front": [], "listen_fd": 0, "log": {"path": "%s", "max_bytes": 9999,'
            ' "keep": 1}, "lock_file": "", "state_file": ""}' % (folder / "log")
        )
        self.lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
        ours, theirs = SupervisorChannel.pair()
        kept = Kept(str(folder / "plan"), 0, self.lock, self.log, supervisor=0)
        self._play(ours)
        self.front = Supervision(
            Clock(self.loop, lambda: self.loop.now),
            SupervisorLink(theirs, beside, kept if keeps else None),
            hear=lambda word, _: self.heard.append(word),
            say=lambda text, _: self.said.append(text),
            give_up=self._give_up,
            watch=lambda _: self.supervisors[-1],
            revive=self._revive,
        )
        self.front.open()

    @property
    def supervisor(self) -> PlayedSupervisor:
        return self.supervisors[-1]

    def pass_time(self, seconds: float) -> None:
        self.loop.advance(seconds)

    def close(self) -> None:
        self.front.end()
        for supervisor in self.supervisors:
            supervisor.die()
        self.pass_time(0)
        for fd in (self.log, self.written):
            os.close(fd)
        with suppress(OSError):  # it may have been left
            os.close(self.lock)

    def _play(self, line: SupervisorChannel) -> None:
        self.supervisors.append(PlayedSupervisor(line))

    def _give_up(self) -> None:
        self.gave_up += 1

    def _revive(self, adoption: Adoption) -> None:
        self.adoptions.append(adoption)
        if self.broken:
            raise OSError("no interpreter")
        self._play(SupervisorChannel.of(os.dup(adoption.line)))
        self.supervisor.line.say(HERE, self.lock)


Play = Callable[..., Scene]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Makes scenes, one in a test."""
    scenes: list[Scene] = []

    def make(**how: bool) -> Scene:
        scenes.append(Scene(tmp_path, **how))
        return scenes[-1]

    yield make
    for each in scenes:
        each.close()


@pytest.fixture
def scene(play: Play) -> Scene:
    return play()


def test_it_says_twice_a_second_that_it_lives(scene: Scene) -> None:
    scene.pass_time(10)
    assert scene.supervisor.words() == ["beat"] * 21


def test_a_supervisor_that_reads_nothing_holds_nobody_up(scene: Scene) -> None:
    scene.pass_time(3600)
    assert set(scene.supervisor.words()) == {"beat"}


def test_a_killed_supervisor_has_a_successor_at_once(scene: Scene) -> None:
    scene.supervisor.die()
    scene.pass_time(0)
    assert len(scene.supervisors) == 2
    assert scene.supervisor.words() == ["beat"]
    kept = scene.adoptions[0].kept
    assert (kept.lock, kept.log, kept.supervisor) == (scene.lock, scene.log, -1)
    scene.supervisor.line.say("hand over")
    scene.pass_time(0)
    assert scene.heard == ["hand over"]


def test_one_that_is_killed_again_and_again_never_waits_longer_than_a_second(scene: Scene) -> None:
    for number in range(2, 20):
        scene.supervisor.die()
        scene.pass_time(1)
        assert len(scene.supervisors) == number
    scene.pass_time(11)
    scene.supervisor.die()
    scene.pass_time(0)
    assert len(scene.supervisors) == 20


def test_a_supervisor_that_was_killed_while_it_started_the_front(play: Play) -> None:
    scene = play()
    scene.supervisor.die()  # before the front's loop has turned once
    scene.pass_time(0)
    assert len(scene.supervisors) == 2


def test_a_stopped_supervisor_goes_on(scene: Scene) -> None:
    scene.supervisor.state = "T"
    scene.pass_time(0.5)
    assert scene.supervisor.sent == [signal.SIGCONT]
    scene.pass_time(5)
    assert scene.supervisor.sent == [signal.SIGCONT]
    assert "was stopped" in scene.said[0]


def test_the_successor_is_the_one_that_is_watched_then(scene: Scene) -> None:
    first = scene.supervisor
    first.die()
    scene.pass_time(1)
    first.state = "T"  # somebody else has its number by now
    scene.supervisor.state = "T"
    scene.pass_time(0.5)
    assert (first.sent, scene.supervisor.sent) == ([], [signal.SIGCONT])


def test_where_none_can_be_started_it_is_tried_on_and_the_log_is_kept(
    scene: Scene, tmp_path: Path
) -> None:
    scene.broken = True
    scene.supervisor.die()
    os.write(scene.written, b"a line of a worker\n")
    scene.pass_time(10)
    assert "No supervisor can be started: no interpreter" in scene.said
    assert 10 <= len(scene.adoptions) <= 14
    assert (tmp_path / "log").read_bytes() == b"a line of a worker\n"
    scene.broken = False
    scene.pass_time(1)
    assert len(scene.supervisors) == 2


def test_a_front_beside_another_leaves_it_to_that(play: Play) -> None:
    scene = play(beside=True)
    scene.supervisor.die()
    scene.pass_time(5)
    assert (scene.gave_up, scene.adoptions) == (1, [])


def test_once_it_has_taken_over_it_is_its_own_matter(play: Play) -> None:
    scene = play(beside=True)
    scene.front.tell(READY)
    scene.front.serve()
    scene.supervisor.die()
    scene.pass_time(0)
    assert (scene.gave_up, len(scene.supervisors)) == (0, 2)


@pytest.mark.parametrize("how", ["leave", "end"])
def test_who_ends_anyway_brings_nobody_back(scene: Scene, how: str) -> None:
    getattr(scene.front, how)()
    scene.pass_time(1)
    assert scene.supervisor.words() == ["beat"] * 3
    scene.supervisor.die()
    scene.pass_time(5)
    assert scene.adoptions == []


def test_who_has_left_holds_no_lock(scene: Scene) -> None:
    scene.front.leave()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(scene.lock)


def test_a_supervisor_of_an_older_release_is_not_followed(play: Play) -> None:
    scene = play(keeps=False)
    scene.supervisor.die()
    scene.pass_time(5)
    assert scene.adoptions == []
