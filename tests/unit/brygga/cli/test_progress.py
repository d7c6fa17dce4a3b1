import io
import sys

import pytest

from brygga.cli.progress import phases


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with phases() as phase:
        phase("Locking 3 packages")
        phase("  numpy: left out")
    captured = capsys.readouterr()
    assert captured.err == "Locking 3 packages\n  numpy: left out\n"
    assert captured.out == ""


def test_terminal_shows_what_is_done_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(ZeroDivisionError):
        fail_in_the_second_phase()
    text = screen.getvalue()
    assert "✓" in text
    assert "Locking [3] packages" in text
    assert text.count("✓") == 1


def fail_in_the_second_phase() -> None:
    with phases() as phase:
        phase("Locking [3] packages.")
        phase("Installing")
        raise ZeroDivisionError
