"""A front that looks at itself, on a clock that is moved by hand."""

from __future__ import annotations

from brygga_server.front.self_watch import SelfWatch
from brygga_server.heartbeat import LOOK, PATIENCE
from brygga_server.watched import Vitals, Watched


class Sleeping(Watched):
    """A process that waits for something."""

    pid = 1

    def has_ended(self) -> bool:
        return False

    def vitals(self) -> Vitals | None:
        return Vitals("S", 0.0, 0)

    def send(self, number: object) -> None:
        raise AssertionError(number)


def test_whose_loop_turns_goes_on_and_whose_does_not_ends() -> None:
    said: list[str] = []
    watch, now = SelfWatch(Sleeping(), 0.0, said.append), 0.0
    for _ in range(100):
        now += LOOK
        watch.beat()
        watch.look(now)
    assert not said
    hangs_at = now
    while not said:
        now += LOOK
        watch.look(now)
    assert abs(now - hangs_at - PATIENCE) <= LOOK
    assert "hangs" in said[0]
