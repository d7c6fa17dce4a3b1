"""Runs score.py on the sample, in the packages of the service but without one: `pytest`."""

from brygga import Workspace


def test_the_flowers_are_known():
    report = Workspace.from_config().test_project()
    assert report.ok, report
    assert report.requests[0].answer["names"] == ["setosa", "versicolor", "virginica"]
