"""SEPERATE_HEALTH_ENDPOINT, spelled as v1 spells it: the service has a second port."""

from __future__ import annotations

from pathlib import Path

from support.differential.servers import Setup, Started, free_port
from support.differential.wire import Answer, Request, ask

SCRIPT = "def init(): pass\ndef run(raw): return raw\n"


def answers(folder: Path, *, ours: bool) -> list[Answer]:
    port = free_port()
    setup = Setup(
        {"score.py": SCRIPT},
        {"SEPERATE_HEALTH_ENDPOINT": "true"},
        ("--entry_script", "score.py", "--health_port", str(port)),
    )
    with Started(setup, folder / "app", ours=ours) as server:
        assert server.outcome() == "serves"
        requests = (Request("GET", "/"), Request("POST", "/score", (), b"x"), Request("PUT", "/"))
        return [ask(door, request) for door in (server.port, port) for request in requests]


def test_both_servers_answer_alike_at_both_ports(tmp_path: Path) -> None:
    theirs = answers(tmp_path / "theirs", ours=False)
    ours = answers(tmp_path / "ours", ours=True)
    assert ours == theirs
    assert [answer.status for answer in ours] == [200, 200, 405] * 2
