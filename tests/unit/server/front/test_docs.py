"""The page at `/docs`: where it is, who may see what of it, and that it needs nobody else."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import SimpleNamespace
from typing import cast

import pytest
from support.exchanges import KeptExchange, told
from support.virtual_loop import VirtualLoop

from brygga_server.front.accesslog import AccessLog, LogWriter
from brygga_server.front.actions import Actions
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.docs import FILES, FOLDER
from brygga_server.front.keys import Keys
from brygga_server.front.metrics import Metrics
from brygga_server.front.outcomes import Outcome
from brygga_server.front.routes import Routes, rows
from brygga_server.front.unpacker import Unpacker
from brygga_server.settings import read

CONTRACT: dict[str, object] = {
    "takes_input": "text",
    "parameters": [],
    "batch": None,
    "swagger": {"3": "{}"},
}


@pytest.fixture
def answers() -> Iterator[Answers]:
    null = os.open(os.devnull, os.O_WRONLY)
    log = AccessLog(LogWriter(null), as_json=False, requests=False, v1=False)
    yield Answers(told(NativeDialect()), Metrics(), log, Admission(1, 1))
    os.close(null)


def ask(
    answers: Answers, path: str, given: Mapping[str, object] | None = None, *, ready: bool = True
) -> KeptExchange:
    """What becomes of a GET without a key, of a service that asks for one."""
    given = given or {}
    settings = read(given, {})
    pool = SimpleNamespace(contract=CONTRACT) if ready else None
    actions = Actions(cast("Dispatch", SimpleNamespace(pool=pool)), answers, Metrics())
    unpacker = Unpacker(VirtualLoop().call_soon, lambda _exchange, _size: True)
    routes = Routes(rows(settings), actions, answers, unpacker)
    keys = None if given.get("keys_file") is None else {"primary": sha256(b"k").digest()}
    routes.take(settings, Keys(keys))
    exchange = KeptExchange(method=b"GET")
    exchange.path = path.encode()
    refusal = routes.begin(exchange)
    if refusal is None:
        routes.handle(exchange)
    else:
        answers.error(exchange, *refusal)
    return exchange


def status(exchange: KeptExchange) -> int:
    return exchange.answers[0].head.status


def fields(exchange: KeptExchange) -> dict[str, str]:
    return dict((*exchange.answers[0].head.fields, *exchange.answers[0].fields))


def test_the_page_needs_no_key_and_what_it_tells_of_the_service_does(answers: Answers) -> None:
    for path in FILES:
        assert status(ask(answers, f"/docs{path}", {"keys_file": "keys"})) == 200
    assert status(ask(answers, "/docs/contract.json", {"keys_file": "keys"})) == 401


def test_the_contract_is_what_the_script_takes(answers: Answers) -> None:
    answer = ask(answers, "/docs/contract.json").answers[0]

    expected = {"takes_input": "text", "parameters": [], "batch": None, "documents": ["3"]}
    assert json.loads(bytes(answer.body)) == expected


def test_before_the_script_is_known_the_page_is_there_and_the_contract_is_not(
    answers: Answers,
) -> None:
    assert status(ask(answers, "/docs", ready=False)) == 200
    early = ask(answers, "/docs/contract.json", ready=False)
    assert early.answers[0].outcome is Outcome.STARTING


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("/docs", {}, 200),
        ("/docs", {"docs": False}, 404),
        ("/docs/page.js", {"docs": False}, 404),
        ("/docs/contract.json", {"docs": False}, 404),
        ("/docs", {"profile": "v1"}, 404),  # as the original server answers
        ("/docs", {"profile": "v1", "docs": True}, 200),
        ("/a/b/docs", {"path_prefix": "a/b"}, 200),
        ("/a/b/docs/page.js", {"path_prefix": "a/b"}, 200),
        ("/docs", {"path_prefix": "a/b"}, 404),
        ("/docs/../settings.py", {}, 404),
    ],
)
def test_where_the_page_is(
    answers: Answers, path: str, given: dict[str, object], expected: int
) -> None:
    assert status(ask(answers, path, given)) == expected


def test_nothing_but_its_own_files_runs_in_it(answers: Answers) -> None:
    kinds = {}
    for path in FILES:
        said = fields(ask(answers, f"/docs{path}"))
        policy = dict(part.split(" ", 1) for part in said["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert said["X-Content-Type-Options"] == "nosniff"
        kinds[FOLDER.joinpath(path.lstrip("/") or "page.html").suffix] = said["Content-Type"]
    assert kinds == {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
    }


def test_every_file_is_given_and_none_asks_for_another_server() -> None:
    assert {file.name for file in FILES.values()} == {path.name for path in FOLDER.iterdir()}
    for path in FOLDER.iterdir():
        text = path.read_text()
        assert not re.search(r"https?://|innerHTML|eval\(", text), path.name
        imported = re.findall(r'from "(\./\w+\.js)"', text)
        assert {f"/{name[2:]}" for name in imported} <= set(FILES), path.name
    page = (FOLDER / "page.html").read_text()
    assert not re.search(r"<style|<script(?! type=\"module\" src=)|\son\w+=|\sstyle=", page)
    assert set(re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page)) == {
        "docs/page.css",
        "docs/page.js",
    }
