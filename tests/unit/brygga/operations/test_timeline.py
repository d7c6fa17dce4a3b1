"""Steps made of events, with times of a clock that the test sets."""

from brygga.operations import Advanced, Phase, PhaseBegan, Printed, Remarked
from brygga.operations.timeline import KEPT_LINES, OperationState, Timeline, evidence


def test_a_step_ends_with_the_next_and_the_last_as_it_is_told() -> None:
    line = Timeline()
    line.add(PhaseBegan(Phase.LOCKING, "Locking"), 1.0)
    line.add(PhaseBegan(Phase.INSTALLING, "Installing"), 3.5)

    first, second = line.phases
    assert (first.state, first.seconds(99)) == (OperationState.DONE, 2.5)
    assert (second.state, second.seconds(5.0)) == (OperationState.RUNNING, 1.5)

    line.end(OperationState.FAILED, 6.0)
    line.end(OperationState.DONE, 7.0)  # it has ended: that stands
    assert line.phases[-1].state is OperationState.FAILED
    assert line.phases[-1].seconds(99) == 2.5


def test_a_step_has_what_was_said_while_it_ran() -> None:
    line = Timeline()
    line.add(Remarked("before"), 0)
    line.add(PhaseBegan(Phase.MEASURING, "Measuring"), 0)
    line.add(Remarked("slow"), 1)
    line.add(Advanced(1, 30), 1)
    line.add(Advanced(2, 30), 2)

    assert line.remarks == ("before",)
    step = line.phases[0]
    assert (step.remarks, step.done, step.total) == (("slow",), 2, 30)


def test_of_a_tool_the_last_lines_are_kept_and_shown_for_the_step_that_failed_alone() -> None:
    line = Timeline()
    line.add(PhaseBegan(Phase.BUILDING, "Building a"), 0)
    line.add(Printed("of a"), 0)
    line.add(PhaseBegan(Phase.BUILDING, "Building b"), 0)
    for number in range(KEPT_LINES + 5):
        line.add(Printed(f"line {number}"), 0)
    assert evidence(line.phases) == ()

    line.end(OperationState.FAILED, 1)
    shown = evidence(line.phases)
    assert shown[-1] == f"line {KEPT_LINES + 4}"
    assert "of a" not in shown
    assert len(line.phases[-1].printed) == KEPT_LINES


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    line = Timeline()
    line.add(PhaseBegan(Phase.LOCKING, "Locking"), 5.0)
    assert line.phases[0].seconds(4.0) == 0.0
