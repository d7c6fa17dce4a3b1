"""What brings a service back after a reboot where no systemd answers."""

import subprocess
from pathlib import Path

import pytest

from brygga.targets.base import BootStart
from brygga.targets.local import boot, systemd
from brygga.targets.process.folder import ProcessFolder

RECORDS = """#!/bin/sh
echo "$BRYGGA_STORE_URL|$BRYGGA_HOME|$PWD|$*" >> {calls}
echo said
[ "$(wc -l < {calls})" -ge {until} ]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessFolder:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(systemd, "_BOOTED", tmp_path / "no systemd")
    folder = ProcessFolder(tmp_path / "it's 100% mine" / "svc")
    folder.path.mkdir(parents=True)
    return folder


def _enabled(folder: ProcessFolder, tmp_path: Path, *, until: int = 1) -> BootStart:
    command, calls = tmp_path / "a command", tmp_path / "calls"
    command.write_text(RECORDS.format(calls=calls, until=until))
    command.chmod(0o700)
    return boot.enable(
        folder,
        (str(command), "--workspace", "w w"),
        {"BRYGGA_HOME": str(tmp_path), "BRYGGA_STORE_URL": "postgresql://u:$p'w@h/d"},
    )


def test_it_works_as_cron_runs_it(folder: ProcessFolder, tmp_path: Path) -> None:
    start = _enabled(folder, tmp_path)
    line = start.cron.removeprefix("@reboot ").replace(r"\%", "%")

    done = subprocess.run(
        ["/bin/sh", "-c", line], env={}, cwd=tmp_path, check=True, capture_output=True
    )

    assert (done.stdout, done.stderr) == (b"", b"")
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"postgresql://u:$p'w@h/d|{tmp_path}|/|--workspace w w restart svc"
    ]
    assert (folder.path / "logs/boot.log").read_text() == "said\n"
    assert folder.boot_script.stat().st_mode & 0o777 == 0o700  # there may be a password in it


def test_what_is_not_there_yet_is_tried_again(
    folder: ProcessFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "_PAUSE_S", 0)

    def runs(until: int) -> tuple[int, int]:
        (tmp_path / "calls").unlink(missing_ok=True)
        start = _enabled(folder, tmp_path, until=until)
        code = subprocess.run(["/bin/sh", "-c", start.command], env={}, check=False).returncode
        return code, len((tmp_path / "calls").read_text().splitlines())

    assert [runs(3), runs(9)] == [(0, 3), (1, 5)]


def test_as_another_user_it_is_run_by_root() -> None:
    assert BootStart("/home/ada/boot.sh", "ada").command == "su -s /bin/sh ada -c /home/ada/boot.sh"


def test_disabled_is_disabled_once(folder: ProcessFolder, tmp_path: Path) -> None:
    _enabled(folder, tmp_path)
    assert [boot.disable(folder), boot.disable(folder)] == [True, False]
    assert not folder.boot_script.exists()
