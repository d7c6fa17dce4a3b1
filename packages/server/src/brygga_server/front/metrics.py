"""Counters of the front, cheap to count; Prometheus is only imported to read them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

SECONDS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
_PHASES = ("total", "parse", "queue", "run", "encode")


class Histogram:
    """Counts in buckets: one bisection and two additions for an observation."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Counts a value; one on a bound belongs to that bound's bucket."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times

    def buckets(self) -> list[tuple[str, float]]:
        """Bounds and cumulated counts, in Prometheus' form."""
        total, out = 0, []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            total += count
            out.append((bound, float(total)))
        return out


def traffic(requests: int, errors: int, seconds: Histogram) -> dict[str, object]:
    """Sums since the process began, as front and gateway tell them.

    Args:
        requests: Answered ones.
        errors: Those of them with a status of 500 or more.
        seconds: How long they took.
    """
    times = {"bounds": list(seconds.bounds), "counts": list(seconds.counts)}
    return {"requests": requests, "errors": errors, "seconds": times}


class Metrics:
    """All counts of one front. A single process counts, so they hold for any number of workers."""

    def __init__(self) -> None:
        self.requests: dict[tuple[int, str, str], int] = {}
        self.phases = {name: Histogram(SECONDS) for name in _PHASES}
        self.frame_sizes = Histogram(SIZES)
        self.batch_sizes = Histogram(SIZES)
        self.restarts: dict[str, int] = {}
        self.gauges: Callable[[], dict[str, float]] = dict
        self.worker_memory: Callable[[], dict[str, float]] = dict

    def count(self, status: int, cause: str, key: str) -> None:
        """An answered request."""
        row = (status, cause, key)
        self.requests[row] = self.requests.get(row, 0) + 1

    def restarted(self, cause: str) -> None:
        """A worker was replaced."""
        self.restarts[cause] = self.restarts.get(cause, 0) + 1

    def traffic(self) -> dict[str, object]:
        """The sums that the control plane shows; `traffic` of the control socket's status."""
        failed = sum(count for (status, _, _), count in self.requests.items() if status >= 500)
        return traffic(sum(self.requests.values()), failed, self.phases["total"])

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks of a collector."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        requests = CounterMetricFamily(
            "brygga_requests", "Requests answered.", labels=("status", "cause", "key")
        )
        for (status, cause, key), count in self.requests.items():
            requests.add_metric((str(status), cause, key), count)
        yield requests
        phases = HistogramMetricFamily(
            "brygga_request_seconds", "Time of requests, by phase.", labels=("phase",)
        )
        for name, histogram in self.phases.items():
            phases.add_metric((name,), histogram.buckets(), histogram.sum)
        yield phases
        for name, text, sizes in (
            ("frame", "Requests sent to a worker at once.", self.frame_sizes),
            ("batch", "Requests run together, of a script that is batched.", self.batch_sizes),
        ):
            family = HistogramMetricFamily(f"brygga_{name}_requests", text)
            family.add_metric((), sizes.buckets(), sizes.sum)
            yield family
        restarts = CounterMetricFamily(
            "brygga_worker_restarts", "Workers that ended and were replaced.", labels=("cause",)
        )
        for cause, count in self.restarts.items():
            restarts.add_metric((cause,), count)
        yield restarts
        for name, value in self.gauges().items():
            yield GaugeMetricFamily(f"brygga_{name}", name.replace("_", " ") + ".", value=value)
        memory = GaugeMetricFamily(
            "brygga_worker_memory_bytes", "Resident memory of each worker.", labels=("pid",)
        )
        for pid, value in self.worker_memory().items():
            memory.add_metric((pid,), value)
        yield memory
