"""A process that is watched is never mistaken for another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from brygga_server.watched import PidfdProcess, started


def test_what_is_known_of_a_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = PidfdProcess(os.pidfd_open(child.pid))
        assert process.pid == child.pid
        ticks = started(child.pid)
        assert ticks is not None
        assert ticks >= (started(os.getpid()) or 0)
        vitals = process.vitals()
        assert vitals is not None
        assert vitals.state in "RSD"
        process.send(signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
        stopped = process.vitals()
        assert stopped is not None
        assert stopped.state == "T"
        assert not process.has_ended()
        child.kill()
        assert os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) is not None
        assert process.has_ended()  # a zombie does not count
        assert process.vitals() is None
        child.wait()
        process.send(signal.SIGKILL)
        assert process.vitals() is None
        process.close()
