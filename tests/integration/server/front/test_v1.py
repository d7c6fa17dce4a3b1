"""The v1 profile as clients and operators of the old server know it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from support.front import Server

SCRIPT = """
import json, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    time.sleep(asked.get("sleep", 0))
    return asked["ret"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings: dict[str, object] = {
        "profile": "v1",
        "host": "127.0.0.1",
        "scoring_timeout_ms": 700,
        "cors_origins": "http://a.com",
    }
    with Server(tmp_path_factory.mktemp("v1"), SCRIPT, settings) as running:
        yield running.wait_ready()


def test_health(server: Server) -> None:
    answer = server.call(path="/")
    assert (answer.status, answer.body) == (200, b"Healthy")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-ms-server-version"] == "azmlinfsrv/1.5.1"
    assert "x-ms-run-function-failed" not in answer.headers


def test_a_result_that_is_text_is_encoded_again(server: Server) -> None:
    answer = server.call({"ret": "[7, 2]"})
    assert (answer.status, answer.body) == (200, b'"[7, 2]"')
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert float(answer.headers["x-ms-run-fn-exec-ms"]) > 0


def test_every_answer_says_when_it_was_given(server: Server) -> None:
    for answer in (server.call({"ret": 1}), server.call(path="/nowhere"), server.call(path="/")):
        given = parsedate_to_datetime(answer.headers["date"])
        assert abs((datetime.now(UTC) - given).total_seconds()) < 60


def test_ids_are_sent_back(server: Server) -> None:
    sent = {"x-request-id": "RID", "x-ms-client-request-id": "CID", "TraceId": "T1"}
    headers = server.call({"ret": 1}, headers=sent).headers
    assert (headers["x-request-id"], headers["x-ms-request-id"]) == ("RID", "CID")
    assert (headers["x-ms-client-request-id"], headers["traceid"]) == ("CID", "T1")


def test_ids_that_are_too_long(server: Server) -> None:
    answer = server.call({"ret": 1}, headers={"x-request-id": "a" * 101})
    assert (answer.status, answer.message) == (431, "x-request-id must not exceed 100 characters")


def test_run_raises(server: Server) -> None:
    answer = server.call({})
    assert (answer.status, answer.headers["x-ms-run-function-failed"]) == (500, "True")
    assert answer.message == (
        "An unexpected error occurred in scoring script. Check the logs for more info."
    )


def test_a_timeout_is_a_500(server: Server) -> None:
    answer = server.call({"sleep": 30})
    assert (answer.status, answer.message) == (500, "Scoring timeout after 700 ms")
    assert answer.headers["x-ms-run-function-failed"] == "True"


def test_the_router_answers_without_ids(server: Server) -> None:
    for method, path, status in (
        ("GET", "/nope", 404),
        ("GET", "/score/", 404),
        ("POST", "/", 405),
    ):
        answer = server.call(b"" if method == "POST" else None, path=path, method=method)
        assert answer.status == status
        assert "x-request-id" not in answer.headers
        assert answer.headers["x-ms-run-function-failed"] == "False"


def test_head_of_score_is_refused_with_ids(server: Server) -> None:
    answer = server.call(path="/score", method="HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (405, b"", "33")
    assert "x-request-id" in answer.headers


def test_swagger(server: Server) -> None:
    assert b'"swagger": "2.0"' in server.call(path="/swagger.json").body
    assert b'"openapi": "3.1.0"' in server.call(path="/swagger.json?version=3.1").body
    answer = server.call(path="/swagger.json?version=9")
    assert answer.status == 404
    assert answer.message == "Swagger version [9] is not valid. Supported versions: [2, 3, 3.1]."


def test_cors(server: Server) -> None:
    headers = server.call({"ret": 1}).headers
    assert headers["access-control-allow-origin"] == "http://a.com"
    asked = {"Origin": "http://a.com", "Access-Control-Request-Method": "POST"}
    answer = server.call(path="/score", method="OPTIONS", headers=asked)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    other = server.call(path="/score", method="OPTIONS", headers={"Origin": "http://b.com"})
    assert "access-control-allow-origin" not in other.headers


def run_command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "brygga_server.azmlinfsrv", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**os.environ, "BRYGGA_HOST": "127.0.0.1", "BRYGGA_PORT": "0"},
    )


def test_exit_codes_of_azmlinfsrv(tmp_path: Path) -> None:
    done = run_command(folder=tmp_path)
    assert (done.returncode, "--entry_script" in done.stderr) == (1, True)
    done = run_command("--entry_script", "s.py", "--worker_count", "none", folder=tmp_path)
    assert (done.returncode, "'none'" in done.stderr) == (1, True)
    (tmp_path / "s.py").write_text("def init(): 1 / 0\n\ndef run(raw): pass\n")
    done = run_command("--entry_script", "s.py", folder=tmp_path)
    assert (done.returncode, "ZeroDivisionError" in done.stdout + done.stderr) == (3, True)
