"""The unit that brings a service back, as systemd reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from brygga.targets.local import systemd
from brygga.targets.local.systemd import Unit

UNIT = Unit(
    name="brygga-mnist-0123",
    service="mnist",
    start=("/a folder/python", "-c", 'print("$HOME 100%")', "restart", "mnist"),
    stop=("/a folder/python", "stop", "mnist"),
    environment={"BRYGGA_HOME": "/a folder/50%/$x"},
)


def test_words_arrive_as_they_are() -> None:
    lines = UNIT.text().splitlines()

    assert r'ExecStart="/a folder/python" "-c" "print(\"$$HOME 100%%\")" "restart" "mnist"' in lines
    assert 'ExecStop="/a folder/python" "stop" "mnist"' in lines
    assert 'Environment="BRYGGA_HOME=/a folder/50%%/$x"' in lines


def test_the_supervisor_outlives_the_command() -> None:
    lines = UNIT.text().splitlines()

    assert {"Type=oneshot", "RemainAfterExit=yes", "WantedBy=default.target"} <= set(lines)


def test_systemd_itself_understands_it(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed")
    python = shutil.which("python3") or "/bin/sh"
    unit = Unit("brygga-x", "x", (python, "restart"), (python, "stop"), UNIT.environment)
    file = tmp_path / "brygga-x.service"
    file.write_text(unit.text())

    done = subprocess.run(
        [verify, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False
    )

    assert "brygga-x.service" not in done.stderr, done.stderr


def test_a_unit_can_be_removed_without_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was taken over from another machine, say."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(systemd, "_BOOTED", tmp_path / "no systemd")
    file = systemd.unit_file(UNIT.name)
    wanted = file.parent / "default.target.wants" / file.name
    wanted.parent.mkdir(parents=True)
    file.write_text(UNIT.text())
    wanted.symlink_to(file)

    assert [systemd.disable(UNIT.name), systemd.disable(UNIT.name)] == [True, False]
    assert not file.exists()
    assert not wanted.is_symlink()
