"""Runs score.py on the sample, in the packages of the service but without one: `pytest`."""

from brygga import Workspace


def test_all_parts_come():
    report = Workspace.from_config().test_project()
    assert report.ok, report
    assert report.requests[0].output == "reward stop desserts stressed "
