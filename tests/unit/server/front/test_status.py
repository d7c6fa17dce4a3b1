"""The status file on a disk that fails."""

from __future__ import annotations

import json
from pathlib import Path

from brygga_server.front.status import Status


def test_a_status_that_cannot_be_written_is_complained_of_once_and_written_later(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "state"
    status = Status(str(folder / "status.json"), 1)
    said: list[str] = []
    status.complain = said.append
    status.become("starting")
    status.become("ready")
    assert len(said) == 1
    assert "cannot be written: No such file or directory" in said[0]
    folder.mkdir()
    status.write()
    assert not status.stale
    assert json.loads((folder / "status.json").read_text())["state"] == "ready"


def test_memory_is_written_where_it_has_become_another_number(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    status = Status(str(file), 1)

    def noted() -> object:
        return json.loads(file.read_bytes())["memory_bytes"]

    status.hold(100 << 20)
    assert noted() == 100 << 20
    for nearly in (99 << 20, 104 << 20):
        status.hold(nearly)
        assert noted() == 100 << 20
    status.hold(106 << 20)
    assert noted() == 106 << 20
    status.hold(90 << 20)
    assert noted() == 90 << 20
