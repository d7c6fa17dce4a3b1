"""Which entries of a service's log are wanted.

An entry is a line with time and process, and the lines after it that have none: a traceback comes
and goes as a whole. Logs are text or JSON, as the service was asked for; of lines in a format of
the user's own neither time nor process is known.
"""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_TEXT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[,.]\d+ [A-Z]+ \[(\d+)\] ")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class LogFilter:
    """What an entry must have, all of it; None and empty ask for nothing.

    Attributes:
        since: Not older than this.
        pattern: Matches somewhere in one of its lines.
        pid: Of the process that wrote it.
        request_id: Stands in one of its lines.
    """

    since: datetime | None = None
    pattern: Expression | None = None
    pid: int | None = None
    request_id: str = ""

    def of(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of the entries that are wanted, each as soon as that is known."""
        in_question: list[str] = []
        possible = self.since is None and self.pid is None
        shown = False
        for line in lines:
            head = _head(line)
            if head is not None:
                in_question, shown, possible = [], False, self._may_be(*head)
            if shown:
                yield line
            elif possible:
                in_question.append(line)
                if self._has(in_question):
                    shown = True
                    yield from in_question

    def _may_be(self, time: datetime, pid: int) -> bool:
        old = self.since is not None and time < self.since
        return not old and self.pid in (None, pid)

    def _has(self, entry: list[str]) -> bool:
        found = self.pattern is None or any(map(self.pattern.is_in, entry))
        return found and any(self.request_id in line for line in entry)


def moment(text: str, now: datetime) -> datetime:
    """What `10m`, `2h`, `1d` or a time mean; a time without a zone is UTC, as in the log.

    Raises:
        InvalidInputError: it is neither.
    """
    span = _SPAN.fullmatch(text.strip())
    if span is not None:
        return now - timedelta(seconds=float(span[1]) * _UNITS[span[2]])
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is no time.",
            code=ErrorCode.LOG_FILTER_INVALID,
            hint="Say how long ago, as 30s, 10m, 2h or 1d, or when, as 2026-05-17T12:00.",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Expression:
    """A regular expression that may not take for ever over a line.

    Some take longer with each letter than any patience. Python's engine hears of signals while it
    searches: a timer ends it, where this is the main thread and nobody else has set one.
    """

    def __init__(self, pattern: re.Pattern[str], seconds: float = 2.0) -> None:
        self._pattern = pattern
        self._seconds = seconds

    def is_in(self, line: str) -> bool:
        """Whether it is found in a line.

        Raises:
            InvalidInputError: that takes too long.
        """
        alone = threading.current_thread() is threading.main_thread()
        if not alone or signal.getitimer(signal.ITIMER_REAL)[0]:
            return self._pattern.search(line) is not None
        before = signal.signal(signal.SIGALRM, self._give_up)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            return self._pattern.search(line) is not None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _give_up(self, *_: object) -> None:
        raise InvalidInputError(
            f"{self._pattern.pattern!r} takes more than {self._seconds:g} s over one line.",
            code=ErrorCode.LOG_FILTER_INVALID,
            hint="Leave out repetitions within repetitions, as in (a+)+.",
        )


def pattern(text: str) -> Expression:
    """A regular expression.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return Expression(re.compile(text))
    except re.error as error:
        raise InvalidInputError(
            f"{text!r} is no regular expression: {error}.",
            code=ErrorCode.LOG_FILTER_INVALID,
            hint="Put a backslash before signs that mean themselves.",
        ) from error


def _head(line: str) -> tuple[datetime, int] | None:
    """Time and process of a line that begins an entry."""
    found = _TEXT.match(line)
    try:
        if found is not None:
            return datetime.fromisoformat(found[1]).replace(tzinfo=UTC), int(found[2])
        if line.startswith("{"):
            told = json.loads(line)
            return datetime.fromisoformat(str(told["time"])), int(told["pid"])
    except (ValueError, KeyError, TypeError):
        return None
    return None
