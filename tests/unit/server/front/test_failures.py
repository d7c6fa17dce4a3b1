import json

import pytest

from brygga.findings import Cause, Diagnosis
from brygga_server.front import worker_failure
from brygga_server.front.failures import RecentFailures


def meta(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_the_newest_failures_are_found_by_their_request() -> None:
    failures = RecentFailures()
    for number in range(100):
        failures.keep(f"r{number}", meta(error=f"ValueError: {number}", line=number))
    assert failures.find("r99") == {"error": "ValueError: 99", "line": 99}
    assert failures.find("r36") is not None
    assert failures.find("r35") is None, "only so many are kept"


def test_what_is_kept_of_one_is_bounded() -> None:
    failures = RecentFailures()
    failures.keep("long", meta(error="E" * 10, traceback="x" * 1_000_000 + "the end"))
    found = failures.find("long")
    assert found is not None
    assert len(str(found["traceback"])) <= 1 << 14
    assert str(found["traceback"]).endswith("the end")


@pytest.mark.parametrize("letter", ["x", "é", "\n", "\0", "🙂"])
def test_of_a_long_message_the_beginning_is_kept_whatever_its_letters(letter: str) -> None:
    failures = RecentFailures()
    text = "ValueError: " + letter * 70_000
    failures.keep("long", meta(error=text, traceback=text + " (score.py)", line=3))
    found = failures.find("long")
    assert found is not None
    assert str(found["error"]).startswith("ValueError: " + letter * 1000)
    assert str(found["traceback"]).endswith(letter + " (score.py)")
    assert found["line"] == 3


def test_what_is_no_failure_is_nobodys() -> None:
    failures = RecentFailures()
    failures.keep("", meta(error="without an id"))
    failures.keep("none", b"")
    failures.keep("garbage", b"{")
    failures.keep("list", b"[1]")
    assert [failures.find(each) for each in ("", "none", "garbage", "list")] == [None] * 4


@pytest.mark.parametrize(
    ("peak", "limit", "gb"), [(0, 1 << 30, 1.5), (600 << 20, 256 << 20, 1.0), (1, 512 << 20, 0.75)]
)
def test_the_limit_to_try_is_one_that_is_given_so(peak: int, limit: int, gb: float) -> None:
    failure = worker_failure.of_exit(-9, peak, limit, out_of_memory=True)
    told = Diagnosis(Cause.OUT_OF_MEMORY, "", peak_memory_bytes=peak, memory_limit_bytes=limit)
    assert failure.memory_to_try_bytes == gb * 2**30
    assert f"memory_gb={gb:g}`" in told.fix
