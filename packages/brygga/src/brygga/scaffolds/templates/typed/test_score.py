"""Runs score.py on the sample, in the packages of the service but without one: `pytest`."""

import pytest
from brygga import Workspace


def test_each_row_has_an_answer():
    report = Workspace.from_config().test_project()
    assert report.ok, report
    assert report.requests[0].answer == pytest.approx([8.55, 15.05])


def test_a_row_of_another_length_is_refused():
    report = Workspace.from_config().test_project(inputs=[{"data": [[1.0, 2.0]]}])
    assert not report.requests[0].ok
