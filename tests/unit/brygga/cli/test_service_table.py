from dataclasses import replace

import pytest
from support.cli import INIT_RAISED, MemoryService, MemoryServices

from brygga.cli.output import count_text, size_text, span_text
from brygga.cli.service_table import print_services
from brygga.services import ServiceSnapshot
from brygga.services.state import ServiceState


def service(number: int) -> ServiceSnapshot:
    made = MemoryService(
        f"forecast-{number:02}",
        MemoryServices(),
        scoring_uri=f"http://127.0.0.1:{20000 + number}/score",
    )
    made.details = {
        "traffic": {"requests": 10**number, "errors": number},
        "memory_bytes": 123_456_789,
    }
    return made.snapshot()


def printed(
    capsys: pytest.CaptureFixture[str], found: list[ServiceSnapshot], width: int | None
) -> list[str]:
    print_services(found, width=width)
    return capsys.readouterr().out.splitlines()


def test_ten_services_fit_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [service(n) for n in range(10)], 80)
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == [
        "NAME", "STATE", "REV", "REQUESTS", "ERRORS", "MEMORY", "AGE", "ADDRESS",
    ]  # fmt: skip
    assert lines[3].split()[:7] == ["forecast-02", "Healthy", "1", "100", "2", "123", "MB"]
    assert lines[3].endswith("127.0.0.1:20002")


def test_a_narrow_terminal_goes_without_the_least_needed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, [service(1)], 40)[0].split() == ["NAME", "STATE", "REQUESTS", "ERRORS"]
    assert printed(capsys, [service(1)], 10)[0].split() == ["NAME", "STATE"]


def test_a_pipe_gets_all(capsys: pytest.CaptureFixture[str]) -> None:
    sick = replace(service(1), state=ServiceState.FAILED, diagnosis=INIT_RAISED)
    title, line = printed(capsys, [sick], None)
    assert title.split()[-2:] == ["TARGET", "ADDRESS"]
    assert "Failed (init_raised)" in line


def test_a_service_that_says_nothing_has_empty_cells(capsys: pytest.CaptureFixture[str]) -> None:
    silent = replace(service(1), details={}, url=None)
    assert printed(capsys, [silent], 60)[1].split()[:3] == ["forecast-01", "Healthy", "1"]
    assert silent.to_dict()["requests"] is None


def test_numbers_are_short() -> None:
    assert [size_text(n) for n in (None, 0, 999, 1000, 9_960_000, 12_000_000, 999_600_000)] == [
        "", "0 B", "999 B", "1.0 KB", "10.0 MB", "12 MB", "1.0 GB",
    ]  # fmt: skip
    assert [count_text(n) for n in (None, 0, 999_999, 1_250_000, 3 * 10**9)] == [
        "", "0", "999999", "1.2M", "3.0G",
    ]  # fmt: skip
    assert [span_text(s) for s in (-5, 59.9, 60, 7200, 86400 * 3.5)] == [
        "0s",
        "59s",
        "1m",
        "2h",
        "3d",
    ]
