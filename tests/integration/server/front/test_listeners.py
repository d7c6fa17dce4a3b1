"""TLS, the port for probes and the port for metrics."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.certificates import make_certificate
from support.front import Server, poll

SCRIPT = """
from azureml.contrib.services.aml_request import rawhttp

def init():
    pass

@rawhttp
def run(request):
    return [request.scheme, request.is_secure, len(request.get_data())]
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def get(
    port: int, path: str, context: ssl.SSLContext | None = None, body: bytes = b""
) -> tuple[int, bytes]:
    connection: http.client.HTTPConnection
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    else:
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
    connection.request("POST" if body else "GET", path, body or None)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def test_tls(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    settings: dict[str, object] = {"tls_certificate": str(certificate), "tls_key": str(key)}
    with Server(tmp_path / "app", SCRIPT, settings, scheme="https", context=trusting) as server:
        server.wait_ready()
        assert json.loads(get(server.port, "/score", trusting)[1]) == ["https", True, 0]
        large = b"x" * 3_000_000
        assert json.loads(get(server.port, "/score", trusting, large)[1])[2] == len(large)
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"HTTP" not in plain.recv(1000)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(certificate)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw,
            pytest.raises((ssl.SSLError, ConnectionResetError)),
        ):
            old.wrap_socket(raw, server_hostname="localhost")
        assert get(server.port, "/", trusting) == (200, b"Healthy")


def test_clients_that_do_not_greet_keep_nobody_out(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    settings: dict[str, object] = {
        "tls_certificate": str(certificate),
        "tls_key": str(key),
        "header_timeout_s": 2,
    }
    app = tmp_path / "app"
    with (
        Server(app, SCRIPT, settings, scheme="https", context=trusting, files=256) as server,
        ExitStack() as silent,
    ):
        server.wait_ready()
        before = server.open_files()
        for _ in range(450):
            silent.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        begun = time.monotonic()
        for _ in range(10):
            assert get(server.port, "/score", trusting)[0] == 200
        assert time.monotonic() - begun < 5
        poll(lambda: server.open_files() <= before + 2, "they have had their time", 10)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tls_certificate": "c.pem"}, "needs both"),
        ({"tls_certificate": "no.pem", "tls_key": "no.pem"}, "No such file"),
        ({"tls_certificate": "score.py", "tls_key": "score.py"}, "cannot be used"),
    ],
)
def test_a_certificate_that_cannot_be_used(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "brygga_server.cli", "--entry-script", "score.py", *flags]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_metrics_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    keys = {"version": 1, "keys": {"primary": hashlib.sha256(b"k").hexdigest()}}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    settings: dict[str, object] = {
        "metrics_port": port,
        "keys_file": str(tmp_path / "keys.json"),
    }
    with Server(tmp_path / "app", SCRIPT, settings) as server:
        server.wait_ready()
        status, page = get(port, "/metrics")
        assert (status, b"brygga_queue_length" in page) == (200, True)
        assert [get(port, path)[0] for path in ("/", "/score", "/swagger.json")] == [404] * 3
        assert get(server.port, "/metrics")[0] == 401
        with_key = {"Authorization": "Bearer k"}
        assert server.call(path="/metrics", headers=with_key).status == 200


def test_probes_may_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with Server(tmp_path / "app", SCRIPT, {"health_port": port}) as server:
        server.wait_ready()
        assert get(port, "/") == get(server.port, "/") == (200, b"Healthy")
        assert get(port, "/score")[0] == 200  # as in v1: the whole service is there


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "score.py").write_text(SCRIPT)
        command = [
            sys.executable, "-m", "brygga_server.cli", "--entry-script", "score.py", "--port", "0",
            "--metrics-port", str(port),
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
        )
    assert (done.returncode, f":{port}" in done.stdout) == (1, True), done.stdout
