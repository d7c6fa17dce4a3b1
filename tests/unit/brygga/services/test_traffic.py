from brygga.services.traffic import Traffic
from brygga_server.front.metrics import Metrics

TOLD = {
    "requests": 10,
    "errors": 1,
    "seconds": {"bounds": [0.01, 0.1, 1.0], "counts": [8, 1, 0, 1]},
}


def test_what_a_front_counts_is_read() -> None:
    counted = Metrics()
    counted.count(200, "ok", "primary")
    counted.count(500, "run_raised", "primary")
    counted.count(400, "bad_input", "primary")
    counted.phases["total"].observe(0.02, 3)

    found = Traffic.read(counted.traffic())

    assert found is not None
    assert (found.requests, found.errors, sum(found.counts)) == (3, 1, 3)
    assert (found.quantile(0.01) or 0) >= 0.01
    assert (found.quantile(0.99) or 1) <= 0.025
    assert Traffic.read(None) is None
    assert Traffic.read({}) is None


def test_quantiles_are_within_their_bucket() -> None:
    found = Traffic.read(TOLD)
    assert found is not None
    assert found.quantile(0.5) == 0.01 * 5 / 8
    assert found.quantile(0.9) == 0.1
    assert found.quantile(0.99) == 1.0
    assert Traffic(0, 0, (1.0,), (0, 0)).quantile(0.5) is None


def test_what_came_since_an_earlier_look() -> None:
    now, then = Traffic.read(TOLD), Traffic(4, 0, (0.01, 0.1, 1.0), (4, 0, 0, 0))
    assert now is not None
    assert now.since(then) == Traffic(6, 1, (0.01, 0.1, 1.0), (4, 1, 0, 1))
    assert now.since(None) == now
    assert then.since(now) == then, "it was started anew in between"
    busier = Traffic(20, 0, then.bounds, (0, 20, 0, 0))
    assert busier.since(then) == busier, "and has answered more since"
