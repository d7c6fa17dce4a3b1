"""What is tied to a process ends with it, however that ends."""

import os
import select
import subprocess
import sys
from pathlib import Path

from brygga.runs.tie import Tie

_OWNER = """
import os, subprocess, sys
from brygga.runs.tie import Tie
tie = Tie()
both = (tie.held, int(sys.argv[1]))
last = "import time; time.sleep(600)"
first = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {last!r}], close_fds=False)"
made = subprocess.Popen([sys.executable, "-c", first], start_new_session=True, pass_fds=both)
tie.to(made.pid)
os.close(both[1])
print("begun", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_takes_the_group_along() -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(write)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(write,),
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"begun\n"
        os.close(write)
        owner.kill()
        owner.wait()

        assert select.select([read], [], [], 30)[0]  # nobody of the group has its other end
        os.close(read)


def test_its_files_are_closed() -> None:
    with Tie() as tie:
        held = tie.held
        assert Path(f"/dev/fd/{held}").exists()

    assert not Path(f"/dev/fd/{held}").exists()
