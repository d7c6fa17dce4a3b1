import io
import re
import sys

import pytest

from brygga.cli.progress import shown_progress
from brygga.operations import Phase, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """What was drawn, without colours and the like."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.getvalue())


def build(progress: Progress, *, fails: bool) -> None:
    progress.phase(Phase.LOCKING, "Locking [3] packages")
    progress.remark("numpy: left out")
    progress.phase(Phase.BUILDING, "Building env")
    progress.printed("STEP 1/2: COPY [all]")
    progress.advance(1, 2)
    if fails:
        raise ZeroDivisionError


def shown(*, verbose: bool = False, fails: bool = False) -> None:
    with shown_progress(verbose=verbose) as progress:
        build(progress, fails=fails)


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_plain_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    shown()
    captured = capsys.readouterr()
    assert captured.err == "Locking [3] packages.\n  numpy: left out\nBuilding env.\n"
    assert captured.out == ""


def test_what_a_tool_prints_is_shown_where_its_step_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        shown(fails=True)
    assert capsys.readouterr().err.endswith("Building env.\n  STEP 1/2: COPY [all]\n")


def test_and_as_it_comes_with_verbose_and_then_not_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        shown(fails=True, verbose=True)
    assert capsys.readouterr().err.count("STEP 1/2") == 1
    shown(verbose=True)
    assert capsys.readouterr().err.count("STEP 1/2") == 1


def test_terminal_shows_what_is_done_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    with pytest.raises(ZeroDivisionError):
        shown(fails=True)
    text = terminal.text
    assert "✓ Locking [3] packages" in text
    assert "✗ Building env" in text
    assert text.count("✓") == 1
    assert "STEP 1/2: COPY [all]" in text


def test_terminal_shows_no_tools_output_where_all_goes_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = watched(monkeypatch)
    shown()
    assert "STEP" not in terminal.text
    assert terminal.text.count("✓") == 2
    shown(verbose=True)
    assert "STEP 1/2: COPY [all]" in terminal.text
