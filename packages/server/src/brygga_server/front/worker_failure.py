"""What went wrong with workers, in the closed set of causes of docs/server.md."""

from __future__ import annotations

import signal
from dataclasses import asdict, dataclass

_STEP = 1 << 28  # a quarter of a GB, as limits are given


@dataclass(frozen=True, kw_only=True)
class WorkerFailure:
    """A failure and its evidence."""

    cause: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    traceback: str = ""
    exit_code: int | None = None
    signal: str | None = None
    peak_memory_bytes: int | None = None
    memory_limit_bytes: int | None = None

    @property
    def memory_to_try_bytes(self) -> int | None:
        """A limit that may do, where the present one did not: the same that the hint names."""
        if self.cause != "out_of_memory" or not self.memory_limit_bytes:
            return None
        held = max(self.peak_memory_bytes or 0, self.memory_limit_bytes)
        return -(-held * 3 // (2 * _STEP)) * _STEP

    def to_dict(self) -> dict[str, object]:
        """A JSON object."""
        return asdict(self)


def of_exit(status: int, peak: int, limit: int | None, *, out_of_memory: bool) -> WorkerFailure:
    """What a wait status says about a worker that nobody asked to end.

    Args:
        status: As `os.waitpid` gives it.
        peak: The most memory that was seen in use, 0 if unknown.
        limit: The memory limit of the service.
        out_of_memory: Whether it was ended for its memory.
    """
    code: int | None = None
    name: str | None = None
    if status < 0:
        name = signal_name(-status)
        how = f"was ended by {name}"
    else:
        code = status
        how = f"ended by itself with exit code {code}"
    message = f"The worker {how}."
    if out_of_memory:
        message = f"The worker ran out of memory and {how}."
        if peak:
            held = f"{peak / 2**20:.0f} MiB" + (f" of {limit / 2**20:.0f} MiB" if limit else "")
            message = f"The worker ran out of memory: it held {held} and {how}."
    return WorkerFailure(
        cause="out_of_memory" if out_of_memory else "worker_died",
        message=message,
        exit_code=code,
        signal=name,
        peak_memory_bytes=peak or None,
        memory_limit_bytes=limit,
    )


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
