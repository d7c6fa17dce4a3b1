"""What work tells, and how a caller's own callable hears of it."""

import threading

import pytest

from brygga.operations import (
    SILENT,
    Event,
    Lines,
    OneAtATime,
    Phase,
    Progress,
    Several,
    progress_of,
)


def work(progress: Progress) -> None:
    progress.remark("numpy is left out")
    progress.phase(Phase.LOCKING, "Locking 3 packages")
    progress.remark("scipy: an older one")
    progress.phase(Phase.BUILDING, "Building x")
    progress.printed("STEP 1")
    progress.advance(1, 2)


def test_the_base_is_not_to_be_made() -> None:
    with pytest.raises(TypeError, match="tell"):
        Progress()  # type: ignore[abstract]


def test_a_callable_gets_a_line_for_each_phase_and_indented_ones_below() -> None:
    lines: list[str] = []
    work(progress_of(lines.append))
    assert lines == [
        "  numpy is left out",
        "Locking 3 packages.",
        "  scipy: an older one",
        "Building x.",
        "  STEP 1",
    ]


def test_what_is_a_progress_is_told_itself() -> None:
    lines = Lines(print)
    assert progress_of(lines) is lines
    assert progress_of(None) is SILENT


def test_several_hear_the_same_in_their_order() -> None:
    heard: list[str] = []
    work(Several(Lines(lambda line: heard.append(f"a {line}")), Lines(heard.append)))
    assert heard[:4] == [
        "a   numpy is left out",
        "  numpy is left out",
        "a Locking 3 packages.",
        "Locking 3 packages.",
    ]


def test_what_several_threads_say_is_heard_one_after_the_other() -> None:
    inside, at_once = 0, []

    class Slow(Progress):
        def tell(self, event: Event) -> None:
            nonlocal inside
            inside += 1
            threading.Event().wait(0.001)  # lets another thread in, if it may
            at_once.append(inside)
            inside -= 1

    heard = OneAtATime(Slow())
    threads = [threading.Thread(target=work, args=(heard,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert at_once == [1] * 24


def test_what_a_listener_raises_ends_the_work() -> None:
    def stop(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(progress_of(stop))
