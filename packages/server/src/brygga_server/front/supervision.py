"""The front's part in its supervision: it says that it lives, and sees that its supervisor does.

Each of both brings the other one back. A supervisor that was stopped by a signal is made to go on;
where it was killed, the front starts another one and hands it what it has kept: the listening
socket, the lock, the pipe of the log. Nothing that clients see depends on it.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

from brygga_server import orphans
from brygga_server.front.clock import Clock
from brygga_server.front_plan import FrontPlan, FrontPlanError
from brygga_server.heartbeat import BEAT
from brygga_server.restarts import Restarts
from brygga_server.rotation import RotatingFile
from brygga_server.signals import let_through
from brygga_server.supervised_front import Adoption
from brygga_server.supervisor_channel import HERE, Kept, SupervisorChannel, SupervisorLink
from brygga_server.watched import PidfdProcess, Watched

_LONGEST_PAUSE = 1.0  # a front that ends while nobody supervises it is lost
_READS_AT_ONCE = 64
Say = Callable[[str, str], None]


class Supervision:
    """What goes on between a front and its supervisor, whichever that is."""

    def __init__(
        self,
        clock: Clock,
        link: SupervisorLink,
        *,
        hear: Callable[[str, list[int]], None],
        say: Say,
        give_up: Callable[[], None],
        workers: str = "",
        leave: Callable[[], None] = lambda: None,
        watch: Callable[[int], Watched] = PidfdProcess,
        revive: Callable[[Adoption], None] | None = None,
    ) -> None:
        """Says and hears nothing yet.

        Args:
            clock: Its loop is that of the front.
            link: To the present supervisor.
            hear: Is given each other word with its descriptors.
            say: Writes a line of log of some level.
            give_up: Ends this front: one that starts beside another is started again by whoever
                supervises next.
            workers: See `Adoption`.
            leave: Is called in the process that is to become a supervisor.
            watch: From a pidfd to its process.
            revive: Starts a supervisor.
        """
        self._clock = clock
        self._line: SupervisorChannel | None = link.line
        self._kept = link.kept
        self._beside = link.beside
        self._hear_word = hear
        self._say = say
        self._give_up = give_up
        self._workers = workers
        self._watch = watch
        self._start_supervisor = revive or functools.partial(start_supervisor, leave=leave)
        self._supervisor: Watched | None = None
        if self._kept is not None and self._kept.supervisor >= 0:
            self._supervisor = watch(self._kept.supervisor)
        self._restarts = Restarts()
        self._since = clock.now()
        self._log: RotatingFile | None = None

    def open(self) -> None:
        """From now on."""
        assert self._line is not None
        self._clock.loop.add_reader(self._line.fileno(), self._hear)
        self._look()

    def tell(self, word: str) -> None:
        """Says something to the supervisor.

        Raises:
            OSError: it is gone.
        """
        if self._line is not None:
            self._line.say(word)

    def serve(self) -> None:
        """This front has taken over: from now on supervision is its own matter."""
        self._beside = False

    def leave(self) -> None:
        """Another front has taken over, and does what was ours to do."""
        if self._kept is not None:
            os.close(self._kept.lock)
        self.end()

    def end(self) -> None:
        """This front is ending as it was told: nobody has to supervise that."""
        self._kept = None

    def _look(self) -> None:
        if self._line is not None:
            self._line.beat()
        elif self._kept is not None:
            self._keep_log(self._kept)
        vitals = None if self._supervisor is None else self._supervisor.vitals()
        if vitals is not None and vitals.state == "T" and self._supervisor is not None:
            self._say("The supervisor was stopped by a signal; it goes on", "warning")
            self._supervisor.send(signal.SIGCONT)
        self._clock.loop.call_later(BEAT, self._look)

    def _hear(self) -> None:
        said = None if self._line is None else self._line.hear()
        if said is None:
            self._lose()
        elif said[0] == HERE and said[1]:
            self._supervisor = self._watch(said[1][0])
        else:
            self._hear_word(*said)

    def _lose(self) -> None:
        """The supervisor has ended, without ending us before: it was killed."""
        self._close()
        if self._kept is None:
            return  # as we are leaving, or were started by one that gave nothing to keep
        if self._beside:
            self._say("The supervisor was killed; the next one starts this front again", "warning")
            self._give_up()
            return
        pause = self._restarts.pause(self._clock.now() - self._since, _LONGEST_PAUSE)
        self._say(f"The supervisor was killed; another one is started in {pause:g} s", "error")
        if pause:
            self._clock.loop.call_later(pause, self._revive)
        else:
            self._revive()

    def _revive(self) -> None:
        kept = self._kept
        if kept is None or self._line is not None:
            return
        ours, theirs = SupervisorChannel.pair()
        front = os.pidfd_open(os.getpid())
        try:
            given = Kept(kept.file, kept.listen, kept.lock, kept.log)
            self._start_supervisor(Adoption(front, theirs.fileno(), given, self._workers))
        except OSError as error:
            self._say(f"No supervisor can be started: {error}", "error")
        finally:
            # Where nobody has it, its end is heard at once.
            theirs.close()
            os.close(front)
        self._since = self._clock.now()
        self._line = ours
        ours.beat()
        self._clock.loop.add_reader(ours.fileno(), self._hear)

    def _close(self) -> None:
        self._supervisor = None
        if self._line is not None:
            self._clock.loop.remove_reader(self._line.fileno())
            self._line.close()
            self._line = None

    def _keep_log(self, kept: Kept) -> None:
        """As long as nobody supervises: a pipe that is full would hold up our workers."""
        with suppress(OSError, FrontPlanError):
            if self._log is None:
                plan = FrontPlan.load(kept.file)
                self._log = RotatingFile(plan.log_path, plan.log_max_bytes, plan.log_keep)
            for _ in range(_READS_AT_ONCE):
                self._log.write(os.read(kept.log, 1 << 16))


def start_supervisor(adoption: Adoption, leave: Callable[[], None]) -> None:
    """Starts one that is nobody's child: it is not to end with us, nor to count as the script's.

    Raises:
        OSError: it cannot be started.
    """
    kept = adoption.kept
    command = [sys.executable, "-I", "-m", "brygga_server.supervisor", "--adopt"]
    with orphans.adopting_nobody():
        between = os.fork()
        if between == 0:
            code = 1
            try:
                leave()
                subprocess.Popen(
                    [*command, adoption.to_json(), kept.file],
                    stdin=subprocess.DEVNULL,
                    cwd="/",
                    pass_fds=(adoption.front, adoption.line, *kept.descriptors),
                    start_new_session=True,
                    preexec_fn=let_through,  # noqa: PLW1509 - there are no threads here
                )
                code = 0
            finally:
                os._exit(code)
        status = os.waitpid(between, 0)[1]
    if status:
        raise OSError("its interpreter cannot be executed")
