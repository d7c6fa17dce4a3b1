"""Metrics, log lines and traces, of a server with two workers and keys."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.front import Server, poll

SCRIPT = """
import json, os, time

def init():
    print("loading")

def run(raw, request_headers):
    asked = json.loads(raw)
    print("asked for", asked.get("do"))
    if asked.get("do") == "die":
        os._exit(7)
    if asked.get("do") == "raise":
        raise ValueError("no")
    time.sleep(asked.get("sleep", 0))
    return request_headers.get("Traceparent", "none")
"""
KEY = {"Authorization": "Bearer first-secret"}
OTHER = {"Authorization": "Bearer second-secret"}
STDOUT = "ext://sys.stdout"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    keys = {
        name: hashlib.sha256(f"{secret}-secret".encode()).hexdigest()
        for name, secret in (("primary", "first"), ("secondary", "second"))
    }
    (tmp_path / "keys.json").write_text(json.dumps({"version": 1, "keys": keys}))
    settings: dict[str, object] = {
        "keys_file": str(tmp_path / "keys.json"),
        "workers": 2,
        "log_format": "json",
    }
    with Server(tmp_path, SCRIPT, settings) as running:
        yield running.wait_ready()


def metrics(server: Server) -> dict[str, float]:
    """Every sample by its name and labels."""
    text = server.call(path="/metrics", headers=KEY).body.decode()
    rows = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


def log(server: Server) -> list[dict[str, object]]:
    """The lines so far, but for the greeting and what is still being written."""
    lines = server.output().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]


def test_totals_are_right_for_any_number_of_workers(server: Server) -> None:
    with ThreadPoolExecutor(8) as clients:
        for key, count in ((KEY, 40), (OTHER, 10)):
            sent = [clients.submit(server.call, {"do": "x"}, headers=key) for _ in range(count)]
            assert {call.result().status for call in sent} == {200}
    assert server.call({"do": "raise"}, headers=KEY).status == 500
    assert server.call({"do": "x"}).status == 401
    found = metrics(server)
    total = "brygga_requests_total"
    assert found[total + '{cause="ok",key="secondary",status="200"}'] == 10
    assert found[total + '{cause="ok",key="primary",status="200"}'] == 40
    assert found[total + '{cause="run_raised",key="primary",status="500"}'] == 1
    assert found[total + '{cause="unauthorized",key="",status="401"}'] == 1
    for phase in ("queue", "run", "encode"):
        assert found[f'brygga_request_seconds_count{{phase="{phase}"}}'] == 50
    assert found['brygga_request_seconds_sum{phase="run"}'] > 0
    assert "brygga_batch_requests_count" in found
    assert (found["brygga_workers"], found["brygga_queue_length"]) == (2, 0)


def test_a_worker_that_dies_is_counted(server: Server) -> None:
    assert server.call({"do": "die"}, headers=KEY).status == 502
    poll(lambda: metrics(server)["brygga_workers"] == 2, "the worker is replaced")
    found = metrics(server)
    assert found['brygga_worker_restarts_total{cause="worker_died"}'] == 1
    memory = [v for name, v in found.items() if name.startswith("brygga_worker_memory_bytes")]
    assert len(memory) == 2
    assert min(memory) > 1e6


def test_what_waits_and_what_runs_can_be_seen(server: Server) -> None:
    with ThreadPoolExecutor(5) as clients:
        sent = [clients.submit(server.call, {"sleep": 1}, headers=KEY) for _ in range(5)]
        poll(lambda: metrics(server)["brygga_queue_length"] >= 1, "some wait", 5)
        assert metrics(server)["brygga_in_flight"] >= 2
        assert {call.result().status for call in sent} == {200}


def test_lines_of_a_request_carry_its_id_and_its_trace(server: Server) -> None:
    sent = {**KEY, "x-request-id": "R-17", "traceparent": TRACE}
    assert server.call({"do": "print"}, headers=sent).json == TRACE
    poll(lambda: sum(line.get("request_id") == "R-17" for line in log(server)) == 2, "both")
    mine = {str(line["logger"]): line for line in log(server) if line.get("request_id") == "R-17"}
    assert mine["brygga.print"]["message"] == "asked for print"
    access = mine["brygga.access"]
    assert (access["status"], access["key"], access["traceparent"]) == (200, "primary", TRACE)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(access["time"]))
    assert any(line["message"] == "loading" for line in log(server) if "message" in line)


def test_a_trace_that_is_none_is_not_logged(server: Server) -> None:
    server.call({}, headers={**KEY, "x-request-id": "R-18", "traceparent": "forged"})
    poll(lambda: any(line.get("logger") == "brygga.access" for line in log(server)), "the line")
    access = next(line for line in log(server) if line.get("logger") == "brygga.access")
    assert (access["request_id"], access["traceparent"]) == ("R-18", None)


def test_keys_are_nowhere_to_be_read(server: Server) -> None:
    for key in (KEY, OTHER, {"Authorization": "Bearer wrong-secret"}):
        server.call({"do": "x"}, headers=key)
    poll(lambda: server.output().count("brygga.access") >= 3, "the lines are written")
    places = [server.output()]
    for pid in server.processes():
        places += [
            Path(f"/proc/{pid}/{name}").read_text(errors="replace")
            for name in ("cmdline", "environ")
        ]
    hashes = json.loads((server.folder / "keys.json").read_text())["keys"].values()
    secrets = ("first-secret", "second-secret", "wrong-secret", *hashes)
    assert not [secret for secret in secrets if any(secret in place for place in places)]


@pytest.mark.parametrize(
    ("profile", "server_name", "access_name"),
    [("native", "brygga", "brygga.access"), ("v1", "azmlinfsrv", "azmlinfsrv")],
)
def test_a_logging_json_shapes_the_lines_of_front_and_worker(
    tmp_path: Path, profile: str, server_name: str, access_name: str
) -> None:
    content = {
        "version": 1,
        "formatters": {"f": {"format": "MINE %(name)s %(message)s"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "f", "stream": STDOUT}},
        "loggers": {server_name: {"level": "INFO", "handlers": ["out"], "propagate": False}},
    }  # fmt: skip
    (tmp_path / "logging.json").write_text(json.dumps(content))
    settings: dict[str, object] = {"profile": profile, "host": "127.0.0.1"}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready().call({"do": "x"})
        line = f"MINE {access_name} POST /score 200 "
        poll(lambda: line in server.output(), "the front's line", 5)
        assert f"MINE {server_name}.print asked for x" in server.output()


@pytest.mark.parametrize(
    ("profile", "own", "other"),
    [
        ("native", {"brygga", "brygga.access"}, ("azmlinfsrv", "gunicorn")),
        ("v1", {"azmlinfsrv", "gunicorn.access"}, ("brygga",)),
    ],
)
def test_loggers_have_the_names_of_the_profile(
    tmp_path: Path, profile: str, own: set[str], other: tuple[str, ...]
) -> None:
    settings: dict[str, object] = {"profile": profile, "host": "127.0.0.1", "log_format": "json"}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready().call({"do": "raise"})
        poll(lambda: any("status" in line for line in log(server)), "the line of the request")
        names = {str(line["logger"]) for line in log(server)}
    assert own <= names
    assert not [name for name in names if name.startswith(other)]


def test_lines_below_the_level_are_not_written(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"log_level": "ERROR"}) as server:
        server.wait_ready().call({"do": "x"})
        server.call({"do": "raise"})
        poll(lambda: "ValueError: no" in server.output(), "the error", 5)
    assert " I [" not in server.output()
