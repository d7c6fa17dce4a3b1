"""Twenty poisons on and on among innocent requests: plain, batched, and through the gateway.

`make soak MINUTES=30` runs it for long, with a seed of its own that it prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.front import Server, poll
from support.gateway import House
from support.soak import (
    BATCHED,
    LONG,
    MINUTES,
    PLAIN,
    POISONS,
    SCRIPT,
    SEED,
    FrontReplica,
    Tally,
    soak,
)

SETTINGS: dict[str, object] = {"workers": 2, "scoring_timeout_ms": 1000, "queue_size": 1000}
SECONDS = MINUTES * 60 / 3
PAUSE = 1.0 if LONG else 0.2
LONG_RUN = 100_000 / 3  # innocents at least, of each way, in half an hour


def judged(tally: Tally) -> None:
    print(f"\nseed {SEED}: {tally}, {sum(tally.poisons.values())} poisons")
    assert tally.wrong == []
    assert tally.right > (LONG_RUN * min(1.0, MINUTES / 30) if LONG else 100)
    assert not LONG or len(tally.poisons) == len(POISONS)


@pytest.mark.parametrize("way", [PLAIN, BATCHED], ids=["plain", "batched"])
def test_at_the_front(tmp_path: Path, way: str) -> None:
    with Server(tmp_path / "service", SCRIPT + way, SETTINGS) as server:
        server.wait_ready()
        judged(soak(server.port, clients=12, seconds=SECONDS, pause=PAUSE))
        for gauge in ("in_flight", "queue_length", "buffered_bytes"):
            poll(lambda name=gauge: server.gauge(name) == 0, f"no {gauge} is left")  # type: ignore[misc]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path_factory.mktemp("s"), stack)


@pytest.mark.parametrize("way", [PLAIN, BATCHED], ids=["plain", "batched"])
def test_through_the_gateway(house: House, way: str) -> None:
    (house.folder / "score.py").write_text(SCRIPT + way)
    with ExitStack() as stack:
        replicas = [
            stack.enter_context(FrontReplica(house.folder, name, SETTINGS)) for name in ("a", "b")
        ]
        gateway = house.gateway(*replicas)
        gateway.wait_for(state="ready")
        judged(soak(gateway.port, clients=12, seconds=SECONDS, pause=PAUSE))
        poll(lambda: gateway.status()["in_flight"] == 0, "nothing is in flight")
