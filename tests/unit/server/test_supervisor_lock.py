"""The lock that says that a service runs, beside those who look whether it is held."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from brygga_server import supervisor
from brygga_server.front_plan import FrontPlanError


def test_whoever_only_looks_is_waited_out(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with file.open("w") as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        threading.Timer(0.1, lambda: fcntl.flock(looker, fcntl.LOCK_UN)).start()
        os.close(supervisor._lock(str(file)))


def test_another_supervisor_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    held = supervisor._lock(str(file))
    with pytest.raises(FrontPlanError, match="another supervisor runs this service"):
        supervisor._lock(str(file))
    os.close(held)
