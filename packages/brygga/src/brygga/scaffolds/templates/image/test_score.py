"""Runs score.py on the sample, in the packages of the service but without one: `pytest`."""

from brygga import Workspace


def test_the_sample_is_read():
    report = Workspace.from_config().test_project()
    assert report.ok, report
    answer = report.requests[0].answer
    assert (answer["width"], answer["height"]) == (8, 8)
