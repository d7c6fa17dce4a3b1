"""`brygga gc` on real services: what they run from stays, what they ran from goes."""

import json
import os
import signal
from pathlib import Path

import pytest
from support.command import Command

SCRIPT = "import six\ndef init(): ...\ndef run(data): return {answer!r}\n"
TRIED = ("--package", "six==1.17.0")


@pytest.fixture
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of its own: what others have left there is none of its business."""
    return tmp_path_factory.mktemp("environments")


def _deploy(command: Command, answer: str, *options: str) -> None:
    (command.folder / "score.py").write_text(SCRIPT.format(answer=answer))
    command("deploy", "svc", "--entry-script", "score.py", *TRIED, *options)
    assert _answer(command) == answer


def _answer(command: Command) -> object:
    return json.loads(command("service", "run", "svc", "--input", "input.json").stdout)


def _kinds(command: Command) -> set[str]:
    return {each["kind"] for each in command.json("gc", "--dry-run")["found"]}


def test_what_a_service_and_its_revisions_need_stays(command: Command) -> None:
    (command.folder / "input.json").write_text("1")
    _deploy(command, "first")
    _deploy(command, "second")
    command("workspace", "create", "other")
    assert command("gc").stderr.strip() == "Nothing is left unused."

    command("service", "rollback", "svc")
    assert _answer(command) == "first"
    command("service", "restart", "svc")
    assert _answer(command) == "first"

    command("service", "delete", "svc")
    assert {"environment", "blob"} <= _kinds(command)
    said = command("gc", "--dry-run").stdout
    assert "no kept revision of a service needs it" in said
    assert "Remove it with: brygga gc" in said
    freed = command.json("gc")
    assert freed["freed"] == freed["size"] > 1_000
    assert all(each["removed"] for each in freed["found"])
    assert _kinds(command) == set()
    command.assert_nothing_runs()


def test_a_service_goes_on_whose_database_has_lost_its_row(command: Command) -> None:
    """What is on disk and runs is ended by `gc`, and nothing of it stays."""
    (command.folder / "input.json").write_text("1")
    _deploy(command, "first")
    database = command.home / "workspaces/default/workspace.db"
    command.shell(
        f"python -c \"import sqlite3; c = sqlite3.connect('{database}'); "
        "c.execute('PRAGMA foreign_keys=ON'); c.execute('DELETE FROM services'); c.commit()\""
    )
    found = command.json("gc", "--dry-run")["found"]
    assert ("process service", "svc") in [(each["kind"], each["name"]) for each in found]
    command("gc")
    command.assert_nothing_runs()


def test_while_others_deploy(command: Command) -> None:
    """Six deployments and tests, while garbage is collected all the time."""
    (command.folder / "input.json").write_text("1")
    loop = command.start_loop("gc")
    try:
        for number in range(3):
            _deploy(command, f"answer {number}")
            (command.folder / "try.py").write_text(SCRIPT.format(answer=number))
            tried = ("test", "--entry-script", "try.py", "--package", f"six==1.1{number + 2}.0")
            command(*tried, "--input", "input.json")
        command("service", "rollback", "svc", "--revision", "1")
        assert _answer(command) == "answer 0"
    finally:
        os.killpg(loop.pid, signal.SIGTERM)
        loop.wait()
    command("service", "delete", "svc")
    command("gc")
    assert _kinds(command) == set()
