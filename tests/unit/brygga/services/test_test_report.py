"""How a test without a service stands in the list of operations."""

from support.cli import INIT_RAISED, scored

from brygga.services import TestReport
from brygga.services.local_test import problem_of


def test_what_fails_first_is_why_it_failed() -> None:
    good, bad = scored("1"), scored("", error="KeyError: 'x'")
    assert problem_of(TestReport(0.1, None, (), "")) is None
    assert problem_of(TestReport(0.1, None, (good,), "")) is None
    of_run = problem_of(TestReport(0.1, None, (good, bad), ""))
    assert of_run is not None
    assert of_run.message == "run() failed: KeyError: 'x'"
    of_init = problem_of(TestReport(0.1, INIT_RAISED, (), ""))
    assert of_init is not None
    assert "no such file" in of_init.message
