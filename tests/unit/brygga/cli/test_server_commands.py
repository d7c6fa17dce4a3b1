"""The commands of the server that come with Brygga: whom they start, and with which interpreter."""

from __future__ import annotations

import os
import sys

import pytest

from brygga.cli import server_commands


class StartedError(Exception):
    """In the place of another process."""


def _refuse(python: str, command: list[str]) -> None:
    raise StartedError(python, command)


def test_the_server_that_is_carried_runs_the_script_where_the_command_was_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_commands, "find_spec", lambda _: None)
    monkeypatch.setattr(server_commands, "_realised", lambda: "/server/bin/python")
    monkeypatch.setattr(os, "execv", _refuse)
    monkeypatch.setattr(sys, "argv", ["azmlinfsrv", "--entry_script", "score.py"])
    with pytest.raises(StartedError) as started:
        server_commands.azmlinfsrv()
    python, command = started.value.args
    assert python == command[0] == "/server/bin/python"
    assert command[-3:] == [sys.executable, "--entry_script", "score.py"]
    assert "-I" in command
    (code,) = (part for part in command if "import main" in part)
    compile(code, "start", "exec")
    assert "brygga_server.azmlinfsrv" in code


def test_one_that_is_installed_beside_it_is_the_one_that_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "execv", _refuse)
    monkeypatch.setattr(sys, "argv", ["brygga-server", "--version"])
    with pytest.raises(SystemExit) as ended:
        server_commands.brygga_server()
    assert not ended.value.code
    assert "brygga-server" in capsys.readouterr().out


def test_what_fails_is_told_without_our_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server_commands, "find_spec", lambda _: None)
    monkeypatch.setenv("BRYGGA_PYTHON_DOWNLOADS", "sometimes")
    assert server_commands.brygga_server() == 1
    told = capsys.readouterr().err
    assert "sometimes" in told
    assert "Traceback" not in told
