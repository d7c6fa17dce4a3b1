import json
import re
import signal
from datetime import UTC, datetime

import pytest

from brygga.errors import InvalidInputError
from brygga.services.log_filter import Expression, LogFilter, moment, pattern

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
LINES = [
    "left over of an older entry",
    "2026-05-17 11:00:00,001 I [7] brygga.print - hello",
    "2026-05-17 11:59:00,001 E [8] brygga - Encountered Exception: Traceback",
    '  File "score.py", line 6, in run',
    "ZeroDivisionError: division by zero",
    "2026-05-17 11:59:00,002 I [5] brygga.access - POST /score 500 1.4ms 92 abc-1",
    json.dumps({"time": "2026-05-17T11:59:30.000Z", "pid": 8, "message": "m", "request_id": "r2"}),
]


def kept(**wanted: object) -> list[int]:
    """The numbers of the lines that are left."""
    found = list(LogFilter(**wanted).of(LINES))  # type: ignore[arg-type]
    return [LINES.index(line) for line in found]


def test_nothing_asked_for_leaves_nothing_out() -> None:
    assert kept() == list(range(7))


def test_by_time_by_process_and_by_request() -> None:
    assert kept(since=moment("10m", NOW)) == [2, 3, 4, 5, 6]
    assert kept(pid=8) == [2, 3, 4, 6]
    assert kept(pid=8, since=moment("45s", NOW)) == [6]
    assert kept(request_id="abc-1") == [5]
    assert kept(request_id="r2") == [6]


def test_a_traceback_is_found_as_a_whole() -> None:
    assert kept(pattern=pattern("Zero.*zero")) == [2, 3, 4]
    assert kept(pattern=pattern("Encountered")) == [2, 3, 4]
    assert kept(pattern=pattern("left over")) == [0]


def test_lines_come_as_soon_as_it_is_known_that_they_are_wanted() -> None:
    read = []

    def log() -> object:
        for line in LINES:
            read.append(line)
            yield line

    first = next(LogFilter(pid=7).of(log()))  # type: ignore[arg-type]
    assert (first, len(read)) == (LINES[1], 2)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90s", "2026-05-17T11:58:30+00:00"),
        ("1.5h", "2026-05-17T10:30:00+00:00"),
        ("2d", "2026-05-15T12:00:00+00:00"),
        ("2026-05-17T09:00", "2026-05-17T09:00:00+00:00"),
        ("2026-05-17 09:00+02:00", "2026-05-17T09:00:00+02:00"),
    ],
)
def test_times(text: str, meant: str) -> None:
    assert moment(text, NOW).isoformat() == meant


def test_what_is_no_time_or_no_expression_says_so() -> None:
    with pytest.raises(InvalidInputError, match=r"'yesterday' is no time\. Say how long ago"):
        moment("yesterday", NOW)
    with pytest.raises(InvalidInputError, match="no regular expression"):
        pattern("(")


@pytest.mark.timeout(60, method="thread")  # the other method has the timer that this one needs
def test_an_expression_that_never_ends_is_given_up() -> None:
    endless = Expression(re.compile("(a+)+$"), seconds=0.05)
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(InvalidInputError, match=r"takes more than 0\.05 s over") as caught:
        endless.is_in("a" * 64 + "b")
    assert "repetitions" in caught.value.hint
    assert endless.is_in("aa")
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]) == (
        before,
        0,
    )
