"""Pages of replicas that become one, whatever becomes of the replicas."""

import json
from pathlib import Path

import pytest

from brygga_server.front.metrics import Metrics
from brygga_server.gateway.totals import Page, Totals, read_page


def page_of(requests: int, queue: float = 0, seconds: float = 0.02, key: str = "primary") -> Page:
    """What a front says that has answered so many requests."""
    metrics = Metrics()
    metrics.gauges = lambda: {"queue_length": queue}
    for _ in range(requests):
        metrics.count(200, "ok", key)
        metrics.phases["total"].observe(seconds)
    return read_page(metrics.render().decode())


def rendered(totals: Totals, pages: dict[str, Page]) -> dict[str, float]:
    """Samples of the page; Prometheus' own parser finds them valid and in one group each."""
    from prometheus_client.parser import text_string_to_metric_families

    text = totals.render(pages, {"brygga_replicas": 2.0}).decode()
    list(text_string_to_metric_families(text))
    found = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    assert len({name for name, _, _ in found}) == len(found)
    return {name: float(value) for name, _, value in found}


OK = 'brygga_requests_total{cause="ok",key="primary",status="200"}'
COUNT = 'brygga_request_seconds_count{phase="total"}'


def test_counts_are_summed_and_gauges_are_told_apart(tmp_path: Path) -> None:
    totals, pages = Totals(tmp_path / "metrics.json"), {"0": page_of(3, 2), "1": page_of(4, 5)}

    totals.add({"a": pages["0"], "b": pages["1"]}, frozenset("ab"))
    found = rendered(totals, pages)

    assert found[OK] == found[COUNT] == 7
    assert found['brygga_request_seconds_bucket{le="0.01",phase="total"}'] == 0
    assert found['brygga_request_seconds_bucket{le="0.025",phase="total"}'] == 7
    assert found['brygga_request_seconds_sum{phase="total"}'] == pytest.approx(0.14)
    assert found['brygga_queue_length{replica="0"}'] == 2
    assert found['brygga_queue_length{replica="1"}'] == 5
    assert found["brygga_replicas"] == 2


def test_what_a_replica_had_counted_stays_when_it_is_silent_starts_again_or_is_gone(
    tmp_path: Path,
) -> None:
    totals = Totals(tmp_path / "metrics.json")
    totals.add({"a@1": page_of(3), "b@1": page_of(4, key="secondary")}, frozenset(("a@1", "b@1")))

    totals.add({"a@1": page_of(5)}, frozenset(("a@1", "b@1")))
    silent = rendered(totals, {"0": page_of(5)})
    totals.add({"a@1": page_of(6), "b@2": page_of(1)}, frozenset(("a@1", "b@2")))
    again = rendered(totals, {"0": page_of(6), "1": page_of(1)})
    totals.add({"c@1": page_of(0)}, frozenset(("c@1",)))
    gone = rendered(totals, {"0": page_of(0)})

    secondary = OK.replace("primary", "secondary")
    assert (silent[OK], silent[secondary], silent[COUNT]) == (5, 4, 9)
    assert (again[OK], again[secondary], again[COUNT]) == (7, 4, 11)
    assert (gone[OK], gone[secondary], gone[COUNT]) == (7, 4, 11)


def test_the_next_gateway_goes_on_counting(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    Totals(file).add({"a": page_of(3), "b": page_of(4)}, frozenset("ab"))

    after = Totals(file)
    after.add({"a": page_of(5)}, frozenset("a"))

    assert rendered(after, {"0": page_of(5)})[OK] == 9
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2}', '{"version": 1}'])
def test_a_file_that_cannot_be_used_is_begun_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "metrics.json"
    file.write_text(content)
    totals = Totals(file)

    totals.add({"a": page_of(3)}, frozenset("a"))

    assert rendered(totals, {"0": page_of(3)})[OK] == 3
    assert json.loads(file.read_text())["version"] == 1


def test_bounds_of_an_older_release_are_not_mixed_with_those_of_this_one(tmp_path: Path) -> None:
    totals = Totals(tmp_path / "metrics.json")
    text = "# TYPE t histogram\n{}t_count 2\nt_sum 2.0\n"
    old = read_page(text.format('t_bucket{le="3"} 1\nt_bucket{le="+Inf"} 2\n'))
    new = read_page(text.format('t_bucket{le="4"} 2\nt_bucket{le="+Inf"} 2\n'))
    totals.add({"a": old}, frozenset("a"))
    totals.add({"b": new}, frozenset("b"))

    found = rendered(totals, {"0": new})

    assert found['t_bucket{le="4"}'] == 2
    assert found['t_bucket{le="+Inf"}'] == found["t_count"] == 4
    assert 't_bucket{le="3"}' not in found


@pytest.mark.parametrize("text", ["<html>", "a 1\n", "# TYPE a counter\na b\n", "#\n"])
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_page(text)
