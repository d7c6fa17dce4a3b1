"""What the gateway logs, in the two forms of its fronts."""

import json
import os

import pytest

from brygga.services.log_filter import LogFilter
from brygga_server.gateway.server import log_line

AT = 1_790_000_000.25


def test_a_line_of_json_has_the_fields_of_the_fronts() -> None:
    assert json.loads(log_line("revision 1 is ready", "info", AT, as_json=True)) == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "info",
        "pid": os.getpid(),
        "logger": "gateway",
        "message": "revision 1 is ready",
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_a_line_is_found_by_its_process(as_json: bool) -> None:
    line = log_line("it ends", "error", AT, as_json=as_json)
    assert list(LogFilter(pid=os.getpid()).of([line])) == [line]
    assert list(LogFilter(pid=os.getpid() + 1).of([line])) == []
