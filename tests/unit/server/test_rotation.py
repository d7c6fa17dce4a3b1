"""A log that rotates in a world where folders vanish and disks fill up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from brygga_server.rotation import RotatingFile

LINE = b"x" * 99 + b"\n"


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log"
    path.parent.mkdir()
    log = RotatingFile(str(path), 1000, 2)
    shutil.rmtree(path.parent)
    for _ in range(25):
        log.write(LINE)
    log.close()
    assert path.read_bytes() == LINE * 5


def test_a_folder_that_cannot_be_made_again_costs_lines_and_keeps_the_bound(
    tmp_path: Path,
) -> None:
    path = tmp_path / "logs" / "log"
    path.parent.mkdir()
    log = RotatingFile(str(path), 1000, 2)
    old = os.open(path, os.O_RDONLY)
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("a file where the folder was")
    for _ in range(105):
        log.write(LINE)
    assert os.fstat(old).st_size == 500
    os.close(old)
    path.parent.unlink()
    for _ in range(6):
        log.write(LINE)
    log.close()
    assert path.read_bytes() == LINE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    log = RotatingFile(str(path), 1000, 0)
    for _ in range(30):
        log.write(LINE)
    log.close()
    assert path.is_symlink()
