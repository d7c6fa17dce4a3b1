"""Commands that are run, and processes that are left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cluster.layout import Layout


class ClusterFailedError(Exception):
    """The cluster cannot be started; the message is for people."""


def run(*words: object, check: bool = True, text: str | None = None) -> str:
    """Runs a command and returns what it printed.

    Raises:
        ClusterFailedError: it failed, with what it said.
    """
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, input=text, check=False)
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise ClusterFailedError(f"{' '.join(command[:6])} ended with {done.returncode}: {said}")
    return done.stdout


def wait_until(what: str, condition: Callable[[], bool], seconds: float) -> None:
    """Polls.

    Raises:
        ClusterFailedError: it did not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ClusterFailedError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.1)


def spawn(layout: Layout, name: str, *words: object, namespace: str | None = None) -> int:
    """Starts a process that outlives us, and notes it; its output goes to `log/NAME.log`.

    Args:
        namespace: The network namespace it runs in. `ip netns exec` would give it another /sys,
            without the control groups.
    """
    command = [str(word) for word in words]
    if namespace:
        command = ["nsenter", f"--net=/run/netns/{namespace}", *command]
    log = layout.root / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        started = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    noted = {**processes(layout), name: started.pid}
    layout.processes.write_text(json.dumps(noted))
    return started.pid


def processes(layout: Layout) -> dict[str, int]:
    """What was started, by name."""
    if not layout.processes.exists():
        return {}
    found: dict[str, int] = json.loads(layout.processes.read_text())
    return found


def end(layout: Layout, pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process that we started, unless its id is another's by now."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        if str(layout.root).encode() in line:
            os.kill(pid, number)
    except (FileNotFoundError, ProcessLookupError):
        return  # it has ended
