"""The arithmetic of the benchmarks: what wrk says, what a ratio is, and when a mark is missed."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

SAID = """Running 2s test @ http://127.0.0.1:1/score
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms  300.00us   9.00ms   90.00%
  Latency Distribution
     50%  950.00us
     99%    2.00ms
  2468 requests in 2.00s, 0.50MB read
Requests/sec:   1234.56
Transfer/sec:    250.00KB
"""


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of benchmarks/serving."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
    for name in [n for n in sys.modules if n.partition(".")[0] == "serving"]:
        monkeypatch.delitem(sys.modules, name)
    return lambda name: importlib.import_module(f"serving.{name}")


def test_what_wrk_says(part: Any) -> None:
    load = part("load")
    found = load._parse(SAID)
    assert (found.rate, found.median, found.answers) == (1234.56, 0.00095, 2468)
    with pytest.raises(load.BrokenError, match="unable to connect"):
        load._parse("unable to connect")


@pytest.mark.parametrize(
    ("value", "at_most", "ok"), [(2.2, False, True), (2.1, False, False), (0.8, True, False)]
)
def test_a_mark_is_a_lower_or_an_upper_bound(
    part: Any, value: float, at_most: bool, ok: bool
) -> None:
    least = 0.7 if at_most else 2.2
    assert part("works").Mark("m", value, least, 3, at_most=at_most).ok is ok


def test_ratios_are_made_within_a_round_and_over_the_fastest(part: Any) -> None:
    works, load = part("works"), part("load")

    def loads(*rates: float) -> list[Any]:
        return [load.Load(rate, 1 / rate, 100) for rate in rates]

    rounds = {
        ("1 row, 16 connections", "brygga-batched"): loads(1000, 100, 900),
        ("1 row, 16 connections", "a"): loads(100, 10, 50),
        ("1 row, 16 connections", "b"): loads(50, 5, 100),
    }
    assert works._ratio(rounds, works.ONE_ROW, ["a"]) == 10
    assert works._ratio(rounds, works.ONE_ROW, ["a", "b"]) == 10
    assert works._ratio(rounds, works.ONE_ROW, ["b"]) == 20


def test_everybody_is_there_only_when_asked(part: Any) -> None:
    contestants = part("contestants")
    few = {c.name for c in contestants.contestants(everybody=False)}
    assert {"brygga", "brygga-batched", "azureml-inference-server-http", "mlserver"} <= few
    everybody = {c.name for c in contestants.contestants(everybody=True)}
    assert everybody - few == {"litserve", "bentoml", "mlflow"}
