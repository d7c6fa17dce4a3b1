"""What `brygga doctor` looks at of the past: locks, processes and files that nobody ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from brygga.doctor.check import OpenWorkspace
from brygga.errors import BryggaError
from brygga.findings import CheckResult, MachineCause, MachineFinding
from brygga.hints import Action, Hint, Shell, Verb
from brygga.settings import Settings
from brygga.spellings import Language, spell
from brygga.store.disk import size_text

_LONG_S = 3600.0
_SUPERVISOR = b"brygga_server.supervisor"  # what it has started ends with it


def check_locks(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Locks that somebody has held for long; those of the dead are free by themselves."""
    home = Settings.from_environment().home
    holders = _holders()
    held = 0
    for path in sorted((*home.glob("locks/**/*"), *home.glob("workspaces/*/locks/**/*"))):
        try:
            info = path.stat()
            doing = path.read_text(errors="replace") if path.is_file() else ""
        except OSError:
            continue
        pid = holders.get(info.st_ino)
        if pid is None:
            continue
        held += 1
        hours = (time.time() - info.st_mtime) / 3600
        if hours * 3600 > _LONG_S:
            what = f"{path}{f' ({doing})' if doing else ''}"
            found = MachineFinding(
                MachineCause.LOCK_HELD,
                f"process {pid} has held {what} for {hours:.1f} h",
                remedy=Hint.of(
                    "see what it does, and end it if it hangs: {}", Shell(("kill", str(pid)))
                ),
            )
            yield CheckResult.of("locks", "warning", found)
    yield CheckResult.ok("locks", f"{held} held at the moment")


def check_processes(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Services that run and whose files are gone, so that no command finds them."""
    home = Settings.from_environment().home
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            mine = folder.stat().st_uid == os.getuid()
        except OSError:
            continue
        if not mine or _SUPERVISOR not in words:
            continue
        files = [Path(os.fsdecode(word)) for word in words if word.endswith(b".json")]
        if files and not any(file.exists() for file in files):
            lost = MachineFinding(
                MachineCause.PROCESS_LOST,
                f"process {folder.name} serves from {files[0].parent}, which is gone",
            )
            mend = partial(_end, int(folder.name))
            yield CheckResult.of("processes", "warning", lost, mend=mend)
        elif any(file.is_relative_to(home) for file in files):
            found += 1
    yield CheckResult.ok("processes", f"{found} services of this home run on this machine")


def _end(pid: int) -> str:
    """Ends a supervisor, unless its number is somebody else's by now."""
    with contextlib.suppress(OSError):
        pidfd = os.pidfd_open(pid)
        try:
            if _SUPERVISOR in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        finally:
            os.close(pidfd)
    return f"told process {pid} to end"


def check_leftovers(_: OpenWorkspace) -> Iterator[CheckResult]:
    """Files and folders that nothing uses."""
    from brygga.workspace import collect_all_garbage

    @cache  # once, however much of it was named
    def collect() -> str:
        done = collect_all_garbage()
        return f"removed {len(done.removed)} unused things, {size_text(done.freed)} freed"

    try:
        swept = collect_all_garbage(dry_run=True)
    except BryggaError as error:
        found = MachineFinding(MachineCause.LEFT_BEHIND, error.message, remedy=error.advice)
        yield CheckResult.of("leftovers", "warning", found)
        return
    lost = [each for each in swept.found if each.kind.endswith((" service", "control groups"))]
    for each in lost:
        where = f" of the workspace {each.workspace}" if each.workspace else ""
        message = f"{each.kind} {each.name}{where}: {each.reason}"
        wrong = MachineFinding(MachineCause.LEFT_BEHIND, message)
        yield CheckResult.of("leftovers", "warning", wrong, mend=collect)
    rest = len(swept.found) - len(lost)
    if rest:
        command = spell(Action(Verb.COLLECT_GARBAGE, {}), Language.COMMAND)
        yield CheckResult.ok(
            "leftovers",
            f"{rest} unused things take {size_text(swept.size)}; `{command}` removes them",
            mend=collect,
        )
    elif not lost:
        yield CheckResult.ok("leftovers", "nothing is left unused")


def _holders() -> dict[int, int]:
    """From a file's inode to the process that holds a lock on it, by the kernel's account."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    found: dict[int, int] = {}
    for line in lines:
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK":
            found[int(words[5].rpartition(":")[2])] = int(words[4])
    return found
