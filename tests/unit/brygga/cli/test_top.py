from dataclasses import replace

from support.cli import MemoryService, MemoryServices, Terminal

from brygga.cli.top import Watch
from brygga.services import ServiceSnapshot


def seen(requests: int, errors: int, fast: int) -> ServiceSnapshot:
    made = MemoryService("svc", MemoryServices())
    times = {"bounds": [0.01, 1.0], "counts": [fast, requests - fast, 0]}
    made.details = {
        "traffic": {"requests": requests, "errors": errors, "seconds": times},
        "memory_bytes": 50_000_000,
    }
    return made.snapshot()


def test_rates_and_times_are_of_what_came_since_the_last_look() -> None:
    watch = Watch()
    watch.look([seen(100, 50, 100)], 10.0, 80)

    title, line = watch.look([seen(120, 51, 120)], 14.0, 80)

    assert title.split() == ["NAME", "STATE", "REQ/S", "ERRORS", "P50", "P95", "MEMORY", "LIMIT"]
    told = ["svc", "Healthy", "5.0", "5.0%", "5", "ms", "9.5", "ms", "50", "MB", "1", "GB"]
    assert line.split() == told


def test_a_service_that_rests_or_says_nothing_has_no_times() -> None:
    watch = Watch()
    watch.look([seen(100, 0, 100)], 10.0, 80)
    silent = replace(seen(0, 0, 0), name="silent", details={})
    _, resting, other = watch.look([seen(100, 0, 100), silent], 12.0, 80)
    assert resting.split() == ["svc", "Healthy", "0.0", "50", "MB", "1", "GB"]
    assert other.split() == ["silent", "Healthy", "1", "GB"]


def test_a_narrow_terminal_keeps_the_rate() -> None:
    title, _ = Watch().look([seen(1, 0, 1)], 1.0, 30)
    assert title.split() == ["NAME", "STATE", "REQ/S", "ERRORS"]


def test_without_a_terminal_it_is_one_table(terminal: Terminal) -> None:
    assert terminal("top", "--interval", "0").stdout == "No services.\n"
    terminal.workspace.services.kept["svc"] = MemoryService("svc", terminal.workspace.services)
    lines = terminal("top", "--once", "--interval", "0").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "svc"]
