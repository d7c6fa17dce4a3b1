"""A journal, read alone: what is said in a row is taken in one go, and nothing is lost."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.runs.journal import Journal
from brygga.store.rows import Metric


class Heard:
    """What becomes of a run; a step of -1 cannot be kept."""

    def __init__(self) -> None:
        self.goes: list[Any] = []

    def log_all(self, metrics: Sequence[Metric]) -> None:
        if any(each.step == -1 for each in metrics):
            raise InvalidInputError("no such step", code=ErrorCode.OPTION_INVALID)
        self.goes.append([each.value for each in metrics])

    def set_tags(self, tags: Mapping[str, str]) -> None:
        self.goes.append(dict(tags))


def _line(value: int, step: int | None = None) -> str:
    return json.dumps({"op": "log", "name": "m", "value": value, "kind": "scalar", "step": step})


def _replay(tmp_path: Path, *lines: str) -> tuple[list[Any], list[str], Journal]:
    journal, heard = Journal(tmp_path / "journal"), Heard()
    journal.path.write_text("".join(f"{line}\n" for line in lines))
    return heard.goes, journal.replay(heard), journal  # type: ignore[arg-type]


def test_metrics_in_a_row_are_taken_in_one_go(tmp_path: Path) -> None:
    goes, problems, journal = _replay(tmp_path, *map(_line, range(5000)))
    assert goes == [list(range(5000))]
    assert problems == []
    assert journal.taken.read_text() == str(journal.path.stat().st_size)


def test_the_order_stays(tmp_path: Path) -> None:
    tags = json.dumps({"op": "tags", "a": "b"})
    goes, _, _ = _replay(tmp_path, _line(1), _line(2), tags, _line(3))
    assert goes == [[1, 2], {"a": "b"}, [3]]


def test_one_that_cannot_be_kept_takes_no_other_along(tmp_path: Path) -> None:
    goes, problems, _ = _replay(tmp_path, _line(1), _line(2, step=-1), "{", _line(3))
    assert goes == [[1], [3]]
    assert [each.split(":")[0] for each in problems] == [
        "Not understood of what the script said",
        "no such step",
    ]
