"""The small parts of the front, each by what others rely on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exchanges import KeptExchange

from brygga_server import __version__
from brygga_server.front.accesslog import AccessLog, LogWriter
from brygga_server.front.admission import Admission
from brygga_server.front.exchange import Exchange
from brygga_server.front.identifiers import Identifiers
from brygga_server.front.keys import Keys
from brygga_server.front.metrics import Histogram, Metrics
from brygga_server.front.outcomes import Outcome
from brygga_server.front.spawn import blas_threads, environment, wanted_workers
from brygga_server.front.status import Status
from brygga_server.front.worker_failure import of_exit
from brygga_server.rotation import RotatingFile
from brygga_server.settings import SettingsError, read

ROOT = Path(__file__).parents[4]


@pytest.fixture
def exchange() -> Exchange:
    return KeptExchange()


def test_ids_are_version_4_and_differ() -> None:
    ids = Identifiers()
    made = [ids.new() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(str(uuid.UUID(m)) == m and uuid.UUID(m).version == 4 for m in made)
    assert {uuid.UUID(m).variant for m in made} == {uuid.RFC_4122}


def test_keys(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("primary", "secondary")}
    file.write_text(json.dumps({"version": 1, "keys": hashes}))
    keys = Keys.load(str(file))
    assert keys.required
    assert keys.name_of(b"Bearer primary") == "primary"
    assert keys.name_of(b"bearer  secondary ") == "secondary"
    for wrong in (b"", b"Bearer", b"Bearer ", b"Bearer tertiary", b"Basic primary", b"primary"):
        assert keys.name_of(wrong) is None
    assert not Keys.load(None).required


@pytest.mark.parametrize(
    "text", ["", "{}", '{"version": 2, "keys": {}}', '{"version": 1, "keys": {}}',
             '{"version": 1, "keys": {"primary": "abcd"}}', '{"version": 1, "keys": ["x"]}']
)  # fmt: skip
def test_a_keys_file_that_cannot_be_used_opens_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"keys\.json"):
        Keys.load(str(file))


def test_bodies_are_reserved_and_released(exchange: Exchange) -> None:
    admission = Admission(queue_size=1, max_buffered_bytes=10)
    assert admission.reserve(exchange, 6)
    assert not admission.reserve(exchange, 5)
    assert admission.reserve(exchange, 4)
    admission.release(exchange)
    admission.release(exchange)
    assert admission.buffered == 0


@given(st.lists(st.floats(0, 100)))
def test_histogram_counts_like_prometheus(values: list[float]) -> None:
    histogram = Histogram((1.0, 10.0))
    for value in values:
        histogram.observe(value)
    expected = [sum(v <= bound for v in values) for bound in (1.0, 10.0, float("inf"))]
    assert [count for _, count in histogram.buckets()] == expected


def test_metrics_render() -> None:
    metrics = Metrics()
    metrics.count(200, Outcome.OK, "primary")
    metrics.count(200, Outcome.OK, "primary")
    metrics.restarted("worker_died")
    metrics.gauges = lambda: {"queue_length": 3.0}
    text = metrics.render().decode()
    assert 'brygga_requests_total{cause="ok",key="primary",status="200"} 2.0' in text
    assert 'brygga_worker_restarts_total{cause="worker_died"} 1.0' in text
    assert "brygga_queue_length 3.0" in text


def lines(as_json: bool, exchange: Exchange, *, v1: bool = True) -> list[str]:
    reader, writer = os.pipe()
    log = LogWriter(writer)
    access = AccessLog(log, as_json=as_json, requests=True, v1=v1)
    access.request(exchange, 200, 0.003381, 92)
    access.message("hello")
    log.flush()
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return pipe.read().splitlines()


def test_a_line_of_log_as_v1_wrote_it(exchange: Exchange) -> None:
    exchange.path, exchange.query = b"/score", b"a=1"
    first, second = lines(False, exchange)
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} I \[\d+\]"
    assert re.fullmatch(stamp + r" azmlinfsrv - POST /score\?a=1 200 3\.381ms 92", first)
    assert re.fullmatch(stamp + r" azmlinfsrv - hello", second)


def test_a_client_writes_no_lines_of_its_own(exchange: Exchange) -> None:
    exchange.path, exchange.query = b"/a\r\n2026 E forged\x1b[31m\x7f", b"\x85b=\xe9"
    exchange.request_id = "1\x0b2"
    first, second = lines(False, exchange)
    assert r"POST /a\x0d\x0a2026 E forged\x1b[31m\x7f?\x85b=é 200" in first
    assert second.endswith("hello")
    (said, _) = lines(True, exchange)
    assert said.isascii()
    assert json.loads(said)["request_id"] == exchange.request_id


def test_a_line_of_log_in_the_native_profile(exchange: Exchange) -> None:
    exchange.path, exchange.request_id = b"/score", "R"
    first, second = lines(False, exchange, v1=False)
    assert first.endswith(" brygga.access - POST /score 200 3.381ms 92 R")
    assert second.endswith(" brygga - hello")


def test_a_line_of_log_as_json(exchange: Exchange) -> None:
    exchange.path = b"/score"
    exchange.request_id = "R"
    first = json.loads(lines(True, exchange)[0])
    assert (first["status"], first["request_id"], first["ms"]) == (200, "R", 3.381)


def test_probes_do_not_drown_the_log(exchange: Exchange) -> None:
    exchange.path = b"/"
    assert len(lines(False, exchange)) == 1


def test_a_log_that_nobody_reads_blocks_nobody() -> None:
    reader, writer = os.pipe()
    log = LogWriter(writer)
    for _ in range(40):
        log.add("x" * 99_999 + "\n")
        log.flush()
    os.close(reader)
    log.flush()
    os.close(writer)


def test_diagnosis_of_an_exit() -> None:
    killed = of_exit(-9, 90 << 20, 100 << 20, out_of_memory=True)
    assert (killed.cause, killed.signal) == ("out_of_memory", "SIGKILL")
    assert "90 MiB of 100 MiB" in killed.message
    left = of_exit(7, 0, None, out_of_memory=False)
    assert (left.cause, left.exit_code, left.signal) == ("worker_died", 7, None)


def test_the_workers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    not_theirs = ("PYTHONPATH", "VIRTUAL_ENV", "BRYGGA_KEYS_FILE", "AZUREML_MODEL_DIR")
    for name in not_theirs:
        monkeypatch.setenv(name, "/x")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = environment(read({"environment": {"MINE": "1"}}, {}), 2, "T")
    assert not set(not_theirs) & set(found)
    assert (found["OMP_NUM_THREADS"], found["OPENBLAS_NUM_THREADS"]) == ("3", "2")
    assert found["MINE"] == "1"


@pytest.mark.parametrize(
    ("flags", "workers", "threads"),
    [
        ({"cpu_cores": 2.5}, 3, 1),
        ({"cpu_cores": 0.1}, 1, 1),
        ({"cpu_cores": 8, "workers": 2}, 2, 4),
    ],
)
def test_workers_and_threads(flags: dict[str, object], workers: int, threads: int) -> None:
    told = read(flags, {})
    assert wanted_workers(told) == workers
    assert blas_threads(told, workers) == threads


def test_the_status_file_remembers_what_was_ready(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    status = Status(str(file), 3)
    status.become("ready")
    assert Status(str(file), 4).ready_revisions == [3]
    file.write_text("{")
    assert Status(str(file), 4).ready_revisions == []


@settings(deadline=None, max_examples=30)  # it writes files
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=30), st.integers(10, 60))
def test_rotation_keeps_the_newest_bytes(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], bound: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    log = RotatingFile(str(path), bound, 2)
    for part in parts:
        log.write(part)
    log.close()
    files = [path.with_name("log.2"), path.with_name("log.1"), path]
    kept = b"".join(f.read_bytes() for f in files if f.exists())
    assert b"".join(parts).endswith(kept)
    assert all(f.stat().st_size <= bound for f in files if f.exists())
    assert not path.with_name("log.3").exists()


def test_the_version_is_that_of_the_distribution() -> None:
    text = (ROOT / "packages/server/pyproject.toml").read_text()
    assert f'version = "{__version__}"' in text
