"""A front under attack: it answers whoever asks properly, and nothing it took is kept."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import PATIENCE, Server, poll

SCRIPT = """
import json, os, time

def init():
    pass

def run(raw):
    asked = json.loads(raw) if raw else {}
    time.sleep(asked.get("seconds", 0))
    if "do" in asked:
        exec(asked["do"], {"os": os})
    if "stream" in asked:
        return (b"x" * 65536 for _ in range(asked["stream"]))
    if "size" in asked:
        return "x" * asked["size"]
    return asked.get("echo")
"""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("attacks")
    settings: dict[str, object] = {
        "workers": 1, "header_timeout_s": 1, "body_timeout_s": 1, "idle_timeout_s": 1,
        "max_buffered_bytes": 2 << 20, "max_body_bytes": 1 << 20, "queue_size": 50,
        "control_socket": str(folder / "c"),
    }  # fmt: skip
    with Server(folder, SCRIPT, settings) as running:
        yield running.wait_ready()


@pytest.fixture(autouse=True)
def _unharmed(server: Server) -> Iterator[None]:
    """After each attack: it serves, and holds neither bodies nor connections nor descriptors."""
    server.call({"echo": 1})
    before = server.open_files()
    yield
    for client in server.clients:
        client.close()
    server.clients.clear()
    assert server.call({"echo": 5}).json == 5
    for name in ("buffered_bytes", "queue_length", "in_flight"):
        poll(lambda name=name: server.gauge(name) == 0, f"{name} is 0")  # type: ignore[misc]
    poll(lambda: server.gauge("connections") == 1, "only who asks is connected")
    poll(lambda: server.open_files() <= before, "descriptors are closed")
    assert "Traceback" not in server.output()
    assert "rror in" not in server.output()


def post(body: object, *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = "\r\n".join(
        ["POST /score HTTP/1.1", "Host: x", f"Content-Length: {len(data)}", *headers]
    )
    return head.encode() + b"\r\n\r\n" + data


def rest_of(client: socket.socket, seconds: float = 10) -> bytes:
    """All that comes until the server closes."""
    client.settimeout(seconds)
    data = b""
    with contextlib.suppress(ConnectionError):
        while part := client.recv(1 << 16):
            data += part
    return data


def test_slow_heads_are_given_up_in_time(server: Server) -> None:
    """Each sends a byte now and then for as long as it is let."""
    clients = [server.connect() for _ in range(200)]
    for client in clients:
        client.sendall(b"GET / HTTP/1.1\r\nx: ")
    going_on = list(clients)
    until = time.monotonic() + PATIENCE
    while going_on:
        assert time.monotonic() < until, f"{len(going_on)} go on"
        for client in going_on:
            with contextlib.suppress(ConnectionError):
                client.sendall(b"x")
        assert server.call({"echo": 2}).json == 2
        answered = select.select(going_on, [], [], 0.02)[0]
        going_on = [client for client in going_on if client not in answered]
    for client in clients:
        assert rest_of(client).startswith(b"HTTP/1.1 408 ")


def test_slow_bodies_are_given_up_in_time(server: Server) -> None:
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.sendall(post(b"x" * 100)[:-1])
    for client in clients:
        assert rest_of(client).startswith(b"HTTP/1.1 408 ")


def test_connections_at_rest_are_closed(server: Server) -> None:
    fresh, used = server.connect(), server.connect()
    used.sendall(GET)
    assert rest_of(used).startswith(b"HTTP/1.1 200 ")
    assert rest_of(fresh) == b""


def test_a_large_body_is_refused_unread(server: Server) -> None:
    client = server.connect()
    client.sendall(post(b"x" * (2 << 20))[:200])
    assert b" 413 " in rest_of(client).splitlines()[0]


def test_the_sum_of_bodies_is_bounded_and_slow_senders_give_way(server: Server) -> None:
    holders = [server.connect() for _ in range(2)]
    for holder in holders:
        holder.sendall(post(b"x" * (1 << 20))[:1000])
    poll(lambda: server.gauge("buffered_bytes") >= 2 << 20, "they hold it all")
    answer = server.call(b" " * 500_000 + b"{}")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    until = time.monotonic() + 10
    while time.monotonic() < until:  # they go on, a byte at a time
        for holder in holders:
            with contextlib.suppress(ConnectionError):
                holder.send(b"x")
        if server.call(b" " * 500_000 + b"{}").status == 200:
            return
        time.sleep(0.1)
    raise AssertionError("the slow senders kept everybody out")


def test_clients_that_never_read(server: Server) -> None:
    clients = [server.connect() for _ in range(5)]
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(post({"size": 8 << 20}) * 3)
    poll(lambda: server.gauge("connections") == 1, "they are cut", 15)


def test_streams_to_the_dead_and_the_deaf(server: Server) -> None:
    for how in ("dead", "deaf"):
        client = server.connect()
        client.sendall(post({"stream": 100_000}))
        assert client.recv(1000)
        if how == "dead":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        began = time.monotonic()
        assert server.call({"echo": 3}).json == 3
        assert time.monotonic() - began < 10


def test_connections_come_and_go(server: Server) -> None:
    for number in range(600):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        if number % 3 == 0:
            client.sendall(GET[: number % len(GET)])
        if number % 5 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def test_those_who_ask_and_leave(server: Server) -> None:
    for _ in range(30):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        client.sendall(post({"seconds": 0.05}))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    poll(lambda: server.gauge("queue_length") == 0, "their places are free")


def test_a_half_closed_client_is_answered(server: Server) -> None:
    client = server.connect()
    client.sendall(post({"seconds": 0.3, "echo": 1}))
    client.shutdown(socket.SHUT_WR)
    answer = rest_of(client)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n1")


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    client = server.connect()
    client.sendall(
        b"".join(post({"echo": n}) for n in range(99)) + post({"echo": 99}, "Connection: close")
    )
    found = [part.partition(b"\r\n\r\n")[2] for part in rest_of(client).split(b"HTTP/1.1 200")][1:]
    assert [int(body) for body in found] == list(range(100))


def test_the_promise_to_continue_is_not_abused(server: Server) -> None:
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        client.sendall(
            b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        )
    for client in clients:
        answers = rest_of(client)
        assert answers.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 ")


ODD = {
    "absolute form": (b"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n", 200),
    "escapes in the path": (b"GET /%73core?echo=1 HTTP/1.1\r\nHost: x\r\n", 200),
    "a body on GET": (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n", 200),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n", 200),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "CONNECT": (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n", 400),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n", 404),
    "TRACE": (b"TRACE /score HTTP/1.1\r\nHost: x\r\n", 405),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100 + b"\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n", 400),
    "a long target": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n", 431),
    "a huge head": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000, 431),
    "dots": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n", 404),
    "a deep query": (b"GET /score?a=" + b"[" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n", 200),
}  # fmt: skip


@pytest.mark.parametrize("form", ODD)
def test_odd_requests(server: Server, form: str) -> None:
    head, status = ODD[form]
    client = server.connect()
    client.sendall(head + b"Connection: close\r\n\r\nabc")
    assert int(rest_of(client).split()[1]) == status


def test_deep_json_for_a_decorated_script(tmp_path: Path) -> None:
    script = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

def init(): pass

@input_schema("data", StandardPythonParameterType([1]))
def run(data): return data
"""
    with Server(tmp_path, script) as server:
        server.wait_ready()
        workers = server.workers()
        for body in (b'{"data": ' + b"[" * 200_000, b"[" * 200_000 + b"]" * 200_000):
            answer = server.call(body, headers={"Content-Type": "application/json"})
            assert answer.status == 400
        assert server.workers() == workers


GARBAGE = {
    "binary": os.urandom(1000).replace(b"\n", b"") + b"\n",
    "deep": b"[" * 50_000 + b"\n",
    "no end": b"a" * 200_000,
    "no object": b"17\n",
    "no version": b'{"op": "status"}\n',
    "no op": b'{"version": 1, "op": ["status"]}\n',
    "no file": b'{"version": 1, "op": "apply", "config": null}\n',
    "a folder": b'{"version": 1, "op": "apply", "config": "/"}\n',
    "a null byte": b'{"version": 1, "op": "apply", "config": "a\\u0000b"}\n',
    "nothing": b"",
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_on_the_control_socket(server: Server, garbage: str) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(str(server.settings["control_socket"]))
        with contextlib.suppress(ConnectionError):
            sock.sendall(GARBAGE[garbage])
            sock.shutdown(socket.SHUT_WR)
            answer = sock.makefile().readline()
            if answer:
                assert json.loads(answer)["ok"] is False
    assert server.control({"op": "status"})["state"] == "ready"


def test_descriptors_over_deaths_of_workers(server: Server) -> None:
    for _ in range(12):
        assert server.call({"do": "os._exit(1)"}).status == 502
        poll(lambda: server.call(path="/ready").status == 200, "the next is ready")


def test_descriptors_over_generations_and_workers_that_do_not_want_to_end(server: Server) -> None:
    script = SCRIPT.replace("    pass", """
    import threading, time, signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=time.sleep, args=(300,)).start()
""")  # fmt: skip
    (server.folder / "tough.py").write_text(script)
    for number in (2, 3, 4):
        config = server.write_config(
            f"{number}.json", {"revision": number, "entry_script": "tough.py"}
        )
        old = server.workers()
        assert server.control({"op": "apply", "config": config})["ok"] is True
        poll(lambda n=number: server.control({"op": "status"})["revision"] == n, "the switch")  # type: ignore[misc]
        poll(lambda old=old: not set(old) & set(server.workers()), "the old end", 12)  # type: ignore[misc]


def test_the_app_root_is_deleted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "score.py").write_text(SCRIPT)
    settings: dict[str, object] = {"workers": 2, "app_root": str(root)}
    with Server(tmp_path / "server", SCRIPT, settings) as server:
        server.wait_ready()
        poll(lambda: len(server.workers()) == 2, "two workers")
        assert (
            server.call(
                {"do": f"import shutil; os.chdir('/'); shutil.rmtree({str(root)!r})"}
            ).status
            == 200
        )
        assert server.call({"echo": 4}).json == 4
        os.kill(server.workers()[0], signal.SIGKILL)
        poll(lambda: "cannot be started" in server.output(), "it says why")
        assert server.call({"echo": 4}).json == 4
        root.mkdir()
        (root / "score.py").write_text(SCRIPT)
        poll(lambda: len(server.workers()) == 2, "it comes back")
        shutil.rmtree(root)


def test_init_that_forks_and_prints_binary(tmp_path: Path) -> None:
    script = SCRIPT.replace("    pass", """
    import sys
    os.write(1, bytes(range(256)))
    sys.stdout.buffer.write(bytes(range(256)))
    os.fork()
""")  # fmt: skip
    with Server(tmp_path, script) as server:
        server.wait_ready()
        assert server.call({"echo": 1}).json == 1
        poll(lambda: len(server.processes()) == 2, "the child has ended")


def test_more_connections_than_files(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"workers": 2, "idle_timeout_s": 30}, files=256) as server:
        server.wait_ready()
        poll(lambda: len(server.workers()) == 2, "two workers")
        flood = []
        with contextlib.suppress(OSError):
            flood += [server.connect() for _ in range(400)]
        assert len(flood) == 400
        # Whoever rests longest gives way, so that it is served; and workers can be replaced.
        poll(lambda: _served(server), "it serves", 5)
        os.kill(server.workers()[0], signal.SIGKILL)
        poll(lambda: len(server.workers()) == 2, "two workers again")
        assert "Too many open files" not in server.output()


def _served(server: Server) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return server.call({"echo": 1}).json == 1
    return False


def test_a_log_that_nobody_reads(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, "-m", "brygga_server.cli", "--entry-script", "score.py", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = (re.search(rb":(\d+)/score", line) for line in process.stdout)
        found = next(match for match in first if match)
        server = Server(tmp_path, SCRIPT, port=int(found[1]))
        poll(lambda: server.call(path="/ready").status == 200, "it is ready")
        shout = {"do": "for _ in range(500): print('x' * 1000)", "echo": 1}
        began = time.monotonic()
        for _ in range(10):
            assert server.call(shout).json == 1
        assert time.monotonic() - began < 8
        for _ in range(2000):
            assert server.call(path="/score?echo=1").json == 1
    finally:
        process.kill()
        process.communicate()


def test_sigterm_ends_within_the_grace_time_whoever_rests(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"grace_s": 1}) as server:
        server.wait_ready()
        resting, running = server.connect(), server.connect()
        resting.sendall(GET)
        running.sendall(post({"seconds": 60}))
        poll(lambda: server.gauge("in_flight") == 1, "it runs")
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(8)
        assert 1 <= time.monotonic() - began < 5
        assert server.processes() == []
