"""`azmlinfsrv` as those see it who start it and read its log."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.differential.servers import free_port
from support.front import poll

SCRIPT = """
import os, pathlib, time
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

HERE = pathlib.Path(__file__).parent

def init():
    while not (HERE / "go").exists():
        time.sleep(0.01)

@rawhttp
def run(request):
    if request.args.get("stream"):
        return AMLResponse((part for part in (b"abc", b"defg")), 200)
    return [os.environ.get("AZUREML_MODEL_DIR"), os.environ.get("SERVER_PORT")]
"""
KEY = "12345678-1234-1234-1234-123456789012"


@dataclass
class Started:
    """The command, and its port."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    connections: list[http.client.HTTPConnection] = field(default_factory=list)

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def ask(self, path: str = "/score") -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.connections.append(connection)
        poll(lambda: self._asked(connection, path), "it listens")
        return connection

    def _asked(self, connection: http.client.HTTPConnection, path: str) -> bool:
        assert self.process.poll() is None, self.log
        try:
            connection.request("GET", path)
        except ConnectionRefusedError:
            connection.close()
            return False
        return True


@contextmanager
def started(folder: Path, *flags: str, **environ: str) -> Iterator[Started]:
    (folder / "score.py").write_text(SCRIPT)
    port = free_port()
    command = [sys.executable, "-m", "brygga_server.azmlinfsrv", "--entry_script", "score.py"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), *flags],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "BRYGGA_HOST": "127.0.0.1", **environ},
            start_new_session=True,
        )
    server = Started(folder, port, process)
    try:
        yield server
    finally:
        for connection in server.connections:
            connection.close()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def body(connection: http.client.HTTPConnection) -> object:
    response = connection.getresponse()
    found = response.read()
    assert response.status == 200, found
    return json.loads(found)


def test_requests_wait_for_the_script(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        waiting = [server.ask(), server.ask()]  # they are sent before init() may return
        (tmp_path / "go").touch()
        assert [body(connection) for connection in waiting] == [[None, str(server.port)]] * 2


def test_variables_reach_the_script_and_the_port_is_the_flags(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with started(tmp_path, "--model_dir", "./models", SERVER_PORT="7777") as server:
        assert body(server.ask()) == ["./models", str(server.port)]
        assert f"Server Port: {server.port}" in server.log
        assert "Model directory is not set or does not exist: ./models" in server.log


def test_the_size_of_a_stream_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with started(tmp_path) as server:
        response = server.ask("/score?stream=1").getresponse()
        assert (response.status, response.read()) == (200, b"abcdefg")
        line = re.compile(r" azmlinfsrv - GET /score\?stream=1 200 \d+\.\d{3}ms N/A\n")
        poll(lambda: line.search(server.log), "the line of log", 5)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), ["The environment variable 'AZUREML_MODEL_DIR' has not been set.",
              "Application Insights Key: None", "CORS for the specified origins: None"]),
        (("--appinsights_instrumentation_key", KEY),
         ["Valid Application Insights instrumentation key provided.",
          "Application Insights Key: AppInsights key provided"]),
        (("--appinsights_instrumentation_key", "nonsense"),
         ["Invalid Application Insights instrumentation key provided."]),
        (("--access_control_allow_origins", "http://a.com,http://b.com"),
         ["CORS for the specified origins: Enabling CORS for http://a.com,http://b.com",
          "azmlinfsrv - Enabling CORS for the following origins: http://a.com, http://b.com"]),
        (("--model_dir", "."),
         ["Model Directory: .", "Inferencing HTTP server version: azmlinfsrv/1.5.1"]),
    ],
)  # fmt: skip
def test_the_banner(tmp_path: Path, flags: tuple[str, ...], told: list[str]) -> None:
    (tmp_path / "go").touch()
    with started(tmp_path, *flags) as server:
        body(server.ask())
        poll(lambda: all(line in server.log for line in told), f"{told}; {server.log}", 5)
        assert ("has not been set" in server.log) == ("--model_dir" not in flags)
        assert KEY not in server.log
