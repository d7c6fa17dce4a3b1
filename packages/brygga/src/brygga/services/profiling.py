"""Measuring what a model needs: a service of it, real requests, and what its processes used."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from brygga.errors import BryggaError, DeploymentError, ServiceCallError
from brygga.markup import card
from brygga.operations import Phase, Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.services.service import Service
from brygga.store.filelock import FileLock

_HEADROOM = 1.25
_GB = 2**30
MEASURED = {"made-by": "brygga profile"}
"""Tags of a service that is there to be measured, and for nothing else."""


@dataclass(frozen=True)
class Profile:
    """What was measured.

    Attributes:
        latencies_s: Of each request that succeeded, shortest first, as a caller sees it.
        seconds: All requests together, one after another.
        peak_memory_gb: Of the service's processes together, in GB of 2^30 bytes.
        cpu_cores: What its workers used while there was always a request, on average.
        recommended_cpu_cores: With some headroom, in tenths; so too `recommended_memory_gb`.
        error: Why nothing could be measured, or the first thing that failed.
    """

    requests: int
    succeeded: int
    latencies_s: tuple[float, ...] = ()
    seconds: float = 0.0
    peak_memory_gb: float = 0.0
    cpu_cores: float = 0.0
    error: str | None = None

    def _repr_html_(self) -> str:
        facts = {
            "error": self.error,
            "requests": f"{self.requests}, of which {self.succeeded} succeeded",
        }
        if self.latencies_s:
            cores, memory = self.recommended_cpu_cores, self.recommended_memory_gb
            facts |= {
                "half within": f"{self.latency_ms(50):.1f} ms",
                "99 % within": f"{self.latency_ms(99):.1f} ms",
                "answered": f"{self.per_second:.1f} a second",
                "cores": f"{self.cpu_cores:.2f} used, give it {cores:g}",
                "memory": f"{self.peak_memory_gb:.2f} GB used, give it {memory:g} GB",
            }
        return card("Profile", facts)

    @property
    def mean_latency_ms(self) -> float:
        """On average."""
        return 1000 * sum(self.latencies_s) / max(1, len(self.latencies_s))

    @property
    def per_second(self) -> float:
        """How many were answered, one after another."""
        return self.succeeded / self.seconds if self.seconds else 0.0

    @property
    def recommended_cpu_cores(self) -> float:
        """What it used, with headroom."""
        return _tenths(self.cpu_cores * _HEADROOM)

    @property
    def recommended_memory_gb(self) -> float:
        """What it used, with headroom."""
        return _tenths(self.peak_memory_gb * _HEADROOM)

    def latency_ms(self, percentile: float) -> float:
        """The latency that so many percent of the requests kept to."""
        if not self.latencies_s:
            return 0.0
        rank = math.ceil(percentile / 100 * len(self.latencies_s))
        return 1000 * self.latencies_s[max(0, rank - 1)]


@contextmanager
def measured_service(parts: ServiceDependencies) -> Iterator[str]:
    """The name of a service that is to be measured; a lock tells that somebody is at it."""
    name = f"profile-{token_hex(6)}"
    lock = _measuring(parts, name)
    with lock:
        try:
            yield name
        finally:
            _forget(parts, name)


def remove_abandoned(parts: ServiceDependencies) -> None:
    """Removes the services that killed processes were measuring, as far as that can be done now."""
    for row in parts.store.services.list():
        is_here = parts.target(row.target).elsewhere(row.name, row.place) is None
        mine = is_here and MEASURED.items() <= dict(row.tags).items()
        if mine and not _measuring(parts, row.name).is_held():
            # Another process may be at it already, or the home be one that is only read.
            with contextlib.suppress(BryggaError, OSError):
                Service(row.name, parts).delete()
                _forget(parts, row.name)


def _forget(parts: ServiceDependencies, name: str) -> None:
    """Removes the locks of a service whose name nobody will use again."""
    for lock in (parts.operation(name, ""), _measuring(parts, name)):
        lock.path.unlink(missing_ok=True)


def _measuring(parts: ServiceDependencies, name: str) -> FileLock:
    return FileLock(parts.locks / f"{name}.measuring", purpose="measuring")


def measure(service: Service, inputs: Sequence[object], progress: Progress) -> Profile:
    """Waits for the service, and sends each input once; what fails is counted."""
    try:
        service.wait_for_deployment(progress=progress)
    except DeploymentError as error:
        return Profile(len(inputs), 0, error=error.message)
    latencies, failure = [], None
    watch = _Watch(service)
    began = time.monotonic()
    progress.phase(Phase.MEASURING, f"Measuring {len(inputs)} request{'s' * (len(inputs) > 1)}")
    for number, each in enumerate(inputs):
        progress.advance(number, len(inputs))
        start = time.monotonic()
        try:
            service.run(each)
        except ServiceCallError as error:
            failure = failure or error.message
            continue
        latencies.append(time.monotonic() - start)
    seconds = time.monotonic() - began
    return Profile(
        requests=len(inputs),
        succeeded=len(latencies),
        latencies_s=tuple(sorted(latencies)),
        seconds=seconds,
        peak_memory_gb=round(watch.peak_memory() / _GB, 4),
        cpu_cores=round(watch.cpu_seconds() / seconds, 4),
        error=None if latencies else failure,
    )


class _Watch:
    """What the workers of a service on this machine use."""

    def __init__(self, service: Service) -> None:
        workers = service.details.get("workers")
        listed = workers if isinstance(workers, list) else []
        self._pids = [w["pid"] for w in listed if isinstance(w, Mapping) and "pid" in w]
        self._front = {_parent(pid) for pid in self._pids}
        self._before = self._cpu()

    def cpu_seconds(self) -> float:
        return self._cpu() - self._before

    def peak_memory(self) -> int:
        return sum(_peak(pid) for pid in {*self._pids, *self._front})

    def _cpu(self) -> float:
        return sum(_cpu_seconds(pid) for pid in self._pids)


def _tenths(value: float) -> float:
    return max(0.1, math.ceil(value * 10 - 1e-9) / 10)


def _stat(pid: int) -> list[str]:
    try:
        # The second field, the command, is in parentheses and may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else pid


def _peak(pid: int) -> int:
    """proc(5): VmHWM is the most resident memory the process ever had, in kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return found[0] * 1024 if found else 0
