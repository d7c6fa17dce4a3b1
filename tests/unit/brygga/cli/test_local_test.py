import json
from pathlib import Path

import pytest
from support.cli import INIT_RAISED, Terminal, scored

from brygga.services import TestReport


@pytest.fixture
def rows(tmp_path: Path) -> str:
    path = tmp_path / "rows.json"
    path.write_text('{"data": [[0.5]]}')
    return str(path)


def expectation(tmp_path: Path, text: str) -> str:
    path = tmp_path / "expected.json"
    path.write_text(text)
    return str(path)


def test_prints_output_and_time(terminal: Terminal, script: str, rows: str) -> None:
    services = terminal.workspace.services
    services.report = TestReport(0.25, None, (scored("[7]"),), "hello from init\n")
    result = terminal("test", "--entry-script", script, "--input", rows)
    assert result.exit_code == 0
    assert "init()  250 ms" in result.stdout
    assert f"run({rows})  12.3 ms\n[7]\n" in result.stdout
    assert "hello from init" in result.stderr
    assert services.tested["inputs"] == [b'{"data": [[0.5]]}']


def test_expected_answer_passes_and_another_fails(
    terminal: Terminal, script: str, rows: str, tmp_path: Path
) -> None:
    terminal.workspace.services.report = TestReport(0.1, None, (scored("[7, 0.1]"),), "")
    args = ["test", "--entry-script", script, "--input", rows, "--expect"]
    good = terminal(*args, expectation(tmp_path, "[7, 0.10000000000000001]"))
    assert (good.exit_code, "as expected" in good.stdout) == (0, True)
    bad = terminal(*args, expectation(tmp_path, "[7, 2]"))
    assert bad.exit_code == 1
    assert "answer[1]: expected 2, got 0.1" in bad.stderr
    shown = json.loads(terminal(*args, expectation(tmp_path, "[7, 2]"), "--json").stdout)
    assert shown["ok"] is False
    assert shown["requests"][0]["difference"] == "answer[1]: expected 2, got 0.1"


def test_failing_run_shows_the_users_own_lines(terminal: Terminal, script: str, rows: str) -> None:
    failed = scored("", error="KeyError: 'data'", traceback='  File "score.py", line 3, in run\n')
    terminal.workspace.services.report = TestReport(0.1, None, (failed,), "")
    result = terminal("test", "--entry-script", script, "--input", rows)
    assert result.exit_code == 1
    assert 'File "score.py", line 3, in run' in result.stderr
    assert f"error: {rows}: KeyError: 'data'" in result.stderr


def test_failing_init_ends_it(terminal: Terminal, script: str, rows: str) -> None:
    terminal.workspace.services.report = TestReport(0.0, INIT_RAISED, (), "")
    result = terminal("test", "--entry-script", script, "--input", rows)
    assert result.exit_code == 1
    assert "score.py:7" in result.stderr
    assert INIT_RAISED.traceback.strip() in result.stderr


def test_an_expectation_for_each_input(terminal: Terminal, script: str, rows: str) -> None:
    result = terminal(
        "test", "--entry-script", script, "--input", rows, "--expect", rows, "--expect", rows
    )
    assert result.exit_code == 2
    assert "1 --input but 2 --expect" in result.stderr


def test_expectation_that_is_not_json_is_named(
    terminal: Terminal, script: str, rows: str, tmp_path: Path
) -> None:
    path = expectation(tmp_path, "[7")
    result = terminal("test", "--entry-script", script, "--input", rows, "--expect", path)
    assert result.exit_code == 1
    assert f"error: {path} is not JSON" in result.stderr
