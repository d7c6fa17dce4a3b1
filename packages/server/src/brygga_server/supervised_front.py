"""A front as its supervisor has it: started by it, or by one that was killed.

Standard library only: the supervisor uses it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Self

from brygga_server.heartbeat import FrontWatch
from brygga_server.orphans import kill_tagged
from brygga_server.signals import let_through
from brygga_server.supervisor_channel import Kept, SupervisorChannel
from brygga_server.watched import PidfdProcess


@dataclass(frozen=True)
class Adoption:
    """What a front hands to the supervisor that it starts.

    Attributes:
        front: A pidfd of it.
        line: The end of a new line.
        kept: What it has kept; see there.
        workers: Begins an entry in the environment of all that its workers have started.
    """

    front: int
    line: int
    kept: Kept
    workers: str

    def to_json(self) -> str:
        """For `of`."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """From what `to_json` made; the descriptors are ours now."""
        said = json.loads(text)
        os.set_inheritable(said["front"], False)
        return cls(**{**said, "kept": Kept.of(json.dumps(said["kept"]))})


@dataclass
class SupervisedFront:
    """A front that lives.

    Attributes:
        started: When (monotonic), or when we adopted it.
        child: None where it is not ours.
        workers: See `Adoption`; of one that is not our child.
    """

    process: PidfdProcess
    line: SupervisorChannel
    started: float
    watch: FrontWatch
    child: subprocess.Popen[bytes] | None = None
    workers: str = ""

    @classmethod
    def start(
        cls,
        command: list[str],
        kept: Kept,
        *,
        output: int,
        beside: bool,
        now: float,
        tell: Callable[[str], None],
    ) -> Self:
        """Starts one, which goes on when we are killed.

        Args:
            output: Where what it and its workers print goes.
            beside: Another one serves.
            now: Monotonic seconds.
            tell: See `FrontWatch`.

        Raises:
            OSError: it cannot be started.
        """
        ours, theirs = SupervisorChannel.pair()
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **theirs.environment(kept, beside=beside)},
                pass_fds=(theirs.fileno(), *kept.descriptors),
                preexec_fn=let_through,  # noqa: PLW1509 - there are no threads here
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        process = PidfdProcess.of(child.pid)
        return cls(process, ours, now, FrontWatch(process, now, tell), child)

    @classmethod
    def adopt(cls, found: Adoption, now: float, tell: Callable[[str], None]) -> Self:
        """One that lives already, and has started us."""
        process = PidfdProcess(found.front)
        line = SupervisorChannel.of(found.line)
        return cls(process, line, now, FrontWatch(process, now, tell), workers=found.workers)

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def close(self) -> None:
        """It has ended: what is ours of it, and what its workers have left, goes too."""
        self.line.close()
        self.process.close()
        if self.workers:
            kill_tagged(self.workers.encode())  # our own children we find without that
