"""Start, failure to start, drain and change of generation, with real scripts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.front import Crowd, Server, poll

ECHO = """
import json, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    time.sleep(asked.get("seconds", 0.002))
    return asked["echo"]
"""


def status_of(folder: Path) -> dict[str, object]:
    found = json.loads((folder / "status.json").read_text())
    assert isinstance(found, dict)
    return found


def test_a_script_that_does_not_come_up_ends_the_server_with_3(tmp_path: Path) -> None:
    script = "def init():\n    raise ValueError('no model')\n\ndef run(raw): pass\n"
    settings: dict[str, object] = {"status_file": str(tmp_path / "status.json")}
    with Server(tmp_path, script, settings) as server:
        assert server.process.wait(20) == 3
        found = status_of(tmp_path)
        assert found["state"] == "failed"
        diagnosis = found["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert diagnosis["cause"] == "init_raised"
        assert "no model" in diagnosis["message"]
        assert diagnosis["line"] == 2
        assert server.processes() == []


def test_a_worker_that_dies_three_times_at_start_ends_the_server(tmp_path: Path) -> None:
    script = "import os\nos._exit(5)\n"
    settings: dict[str, object] = {"status_file": str(tmp_path / "status.json")}
    with Server(tmp_path, script, settings) as server:
        assert server.process.wait(20) == 3
        diagnosis = status_of(tmp_path)["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert (diagnosis["cause"], diagnosis["exit_code"]) == ("worker_died", 5)


def test_a_revision_that_was_ready_once_is_never_given_up(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(json.dumps({"ready_revisions": [4]}))
    settings: dict[str, object] = {"status_file": str(tmp_path / "status.json"), "revision": 4}
    with Server(tmp_path, "import os\nos._exit(5)\n", settings) as server:
        poll(lambda: "next try in 0.5 s" in server.output(), "a growing pause")
        assert status_of(tmp_path)["state"] == "unready"
        assert server.process.poll() is None


def test_a_service_without_a_living_worker_says_so(tmp_path: Path) -> None:
    script = ECHO.replace("pass", "open('once', 'x')")  # a second start fails
    settings: dict[str, object] = {"status_file": str(tmp_path / "status.json")}
    with Server(tmp_path, script, settings) as server:
        server.wait_ready()
        os.kill(server.workers()[0], signal.SIGKILL)
        poll(lambda: status_of(tmp_path)["state"] == "unready", "it says so")
        assert server.call(path="/ready").status == 503
        assert server.call(path="/").status == 200
        (tmp_path / "once").unlink()
        poll(lambda: status_of(tmp_path)["state"] == "ready", "it comes back")
        assert status_of(tmp_path)["diagnosis"] is None


def test_init_that_takes_too_long(tmp_path: Path) -> None:
    script = "import time\n\ndef init(): time.sleep(60)\n\ndef run(raw): pass\n"
    settings: dict[str, object] = {
        "status_file": str(tmp_path / "status.json"),
        "init_timeout_s": 0.5,
    }
    with Server(tmp_path, script, settings) as server:
        answer = server.call(path="/")
        assert (answer.status, answer.message) == (503, "starting")
        assert server.process.wait(20) == 3
        diagnosis = status_of(tmp_path)["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert diagnosis["cause"] == "init_timeout"


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "status_file": str(tmp_path / "status.json"),
        "python": "/nowhere/python",
    }
    with Server(tmp_path, ECHO, settings) as server:
        assert server.process.wait(20) == 3
        diagnosis = status_of(tmp_path)["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert diagnosis["cause"] == "python_missing"


def test_an_interpreter_that_ends_before_it_hears_anything(tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "status_file": str(tmp_path / "status.json"),
        "python": shutil.which("false"),
    }
    with Server(tmp_path, ECHO, settings) as server:
        assert server.process.wait(20) == 3
        diagnosis = status_of(tmp_path)["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert (diagnosis["cause"], diagnosis["exit_code"]) == ("worker_died", 1)
        assert "Traceback" not in server.output()


def test_sigterm_finishes_what_runs_and_what_rests_is_told(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO, {"grace_s": 10}) as server:
        server.wait_ready()
        resting, running = server.connect(), server.connect()
        body = b'{"echo": 1, "seconds": 0.7}'
        running.sendall(
            b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        poll(
            lambda: "brygga_in_flight 1.0" in server.call(path="/metrics").body.decode(), "it runs"
        )
        os.kill(server.process.pid, signal.SIGTERM)
        answer = running.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"Connection: close" in answer
        assert server.process.poll() is None
        resting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = resting.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"Connection: close" in answer
        assert server.process.wait(10) == 0
        assert server.processes() == []


def test_who_rests_is_waited_for_no_longer_than_that(tmp_path: Path) -> None:
    """From the last request on, which is answered: as where nobody new is sent any more."""
    with Server(tmp_path, ECHO, {"grace_s": 60, "rest_grace_s": 0.5}) as server:
        server.wait_ready()
        resting, running = server.connect(), server.connect()
        body = b'{"echo": 1, "seconds": 1}'
        running.sendall(
            b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        poll(
            lambda: "brygga_in_flight 1.0" in server.call(path="/metrics").body.decode(), "it runs"
        )
        os.kill(server.process.pid, signal.SIGTERM)
        assert running.recv(65536).startswith(b"HTTP/1.1 200")
        assert server.process.poll() is None
        assert server.process.wait(10) == 0
        assert resting.recv(65536) == b""


def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO) as server:
        server.wait_ready()
        client = server.connect()
        body = b'{"echo": 1, "seconds": 60}'
        client.sendall(
            b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        poll(
            lambda: "brygga_in_flight 1.0" in server.call(path="/metrics").body.decode(), "it runs"
        )
        os.kill(server.process.pid, signal.SIGTERM)
        poll(lambda: _refused(server), "it listens no more")
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(5)
        poll(lambda: server.processes() == [], "nothing stays behind")


def test_a_new_generation_takes_over_without_a_lost_request(tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "control_socket": str(tmp_path / "c"),
        "status_file": str(tmp_path / "status.json"),
        "revision": 1,
    }
    with Server(tmp_path, ECHO, settings) as server:
        server.wait_ready()
        (tmp_path / "next.py").write_text(ECHO + "\ndef init(): import time; time.sleep(0.3)\n")
        config = server.write_config("2.json", {"revision": 2, "entry_script": "next.py"})
        old = server.workers()
        with Crowd(server, 5, 100) as crowd:
            assert server.control({"op": "apply", "config": config})["ok"] is True
            poll(lambda: server.control({"op": "status"})["revision"] == 2, "the switch")
        assert (crowd.right, crowd.wrong) == (crowd.sent, [])
        poll(lambda: not set(old) & set(server.workers()), "the old workers are gone")
        assert status_of(tmp_path)["ready_revisions"] == [1, 2]
        assert status_of(tmp_path)["pending"] is None


def test_a_generation_that_fails_leaves_the_old_one_serving(tmp_path: Path) -> None:
    settings: dict[str, object] = {"control_socket": str(tmp_path / "c"), "revision": 1}
    with Server(tmp_path, ECHO, settings) as server:
        server.wait_ready()
        (tmp_path / "broken.py").write_text("def init(): pass\n")
        config = server.write_config("2.json", {"revision": 2, "entry_script": "broken.py"})
        assert server.control({"op": "apply", "config": config})["ok"] is True

        def failed() -> dict[str, object] | None:
            pending = server.control({"op": "status"})["pending"]
            assert isinstance(pending, dict)
            return pending if pending["state"] == "failed" else None

        pending = poll(failed, "the new generation fails")
        assert pending["revision"] == 2
        assert pending["diagnosis"]["cause"] == "script_contract"  # type: ignore[index]
        assert server.call({"echo": 5}).json == 5
        assert server.control({"op": "status"})["revision"] == 1


def test_the_control_socket_says_what_it_cannot_do(tmp_path: Path) -> None:
    settings: dict[str, object] = {"control_socket": str(tmp_path / "c")}
    with Server(tmp_path, ECHO, settings) as server:
        server.wait_ready()
        answer = server.control({"op": "apply", "config": str(tmp_path / "none.json")})
        assert answer["ok"] is False
        assert "cannot be read" in str(answer["error"])
        assert "no op 'dance'" in str(server.control({"op": "dance"})["error"])
        assert (tmp_path / "c").stat().st_mode & 0o777 == 0o600


def test_keys_change_while_it_runs(tmp_path: Path) -> None:
    def write(**keys: str) -> None:
        hashes = {name: hashlib.sha256(key.encode()).hexdigest() for name, key in keys.items()}
        (tmp_path / "keys.json").write_text(json.dumps({"version": 1, "keys": hashes}))

    write(primary="one", secondary="two")
    settings: dict[str, object] = {
        "control_socket": str(tmp_path / "c"),
        "keys_file": str(tmp_path / "keys.json"),
    }
    with Server(tmp_path, ECHO, settings) as server:
        server.wait_ready()

        def status(key: str, path: str = "/score") -> int:
            return server.call({"echo": 1}, headers={"Authorization": f"Bearer {key}"}).status

        assert [status("one"), status("two"), status("three")] == [200, 200, 401]
        answer = server.call({"echo": 1})
        assert answer.status == 401
        assert "Authorization: Bearer <key>" in answer.message
        assert server.call(path="/").status == 200
        assert server.call(path="/metrics").status == 401
        write(primary="three", secondary="two")
        assert server.control({"op": "keys"})["ok"] is True
        assert [status("one"), status("two"), status("three")] == [401, 200, 200]


def test_reload_shows_errors_and_lives(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO, arguments=("--reload",)) as server:
        server.wait_ready()
        (tmp_path / "score.py").write_text("def init(:\n")
        poll(lambda: "does not come up" in server.output(), "the error is shown")
        assert server.call({"echo": 5}).json == 5
        (tmp_path / "score.py").write_text(ECHO.replace('asked["echo"]', '"new"'))
        poll(lambda: server.call({"echo": 5}).json == "new", "the new script serves")


def test_the_queue_is_bounded_and_a_lost_client_frees_its_place(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO, {"queue_size": 1, "workers": 1}) as server:
        server.wait_ready()

        def ask(seconds: float) -> socket.socket:
            body = json.dumps({"echo": 1, "seconds": seconds}).encode()
            sock = server.connect()
            head = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
            sock.sendall(head + body)
            return sock

        ask(2)
        poll(lambda: server.gauge("in_flight") == 1, "the first runs")
        waiting = ask(0)
        poll(lambda: server.gauge("queue_length") == 1, "the second waits")
        answer = server.call({"echo": 1})
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        waiting.close()
        poll(lambda: server.gauge("queue_length") == 0, "its place is free")


def test_waiting_has_a_limit_of_its_own(tmp_path: Path) -> None:
    settings: dict[str, object] = {"workers": 1, "scoring_timeout_ms": 1500}
    with Server(tmp_path, ECHO, {**settings, "queue_timeout_ms": 300}) as server:
        server.wait_ready()
        with ThreadPoolExecutor() as threads:
            running = threads.submit(server.call, {"echo": 1, "seconds": 1.2})
            poll(lambda: server.gauge("in_flight") == 1, "the first runs")
            answer = server.call({"echo": 2})
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert answer.message == "No worker was free for 300 ms; try again shortly."
            assert answer.headers["x-ms-run-function-failed"] == "False"
            assert running.result().json == 1


def test_who_waits_behind_a_hanging_run_has_its_own_time(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO, {"workers": 1, "scoring_timeout_ms": 700}) as server:
        server.wait_ready()
        with ThreadPoolExecutor() as threads:
            hanging = threads.submit(server.call, {"echo": 1, "seconds": 60})
            poll(lambda: server.gauge("in_flight") == 1, "the first runs")
            behind = [threads.submit(server.call, {"echo": n, "seconds": 0.4}) for n in range(3)]
            assert hanging.result().status == 504
            assert [call.result().json for call in behind] == [0, 1, 2]


def test_a_client_may_want_its_answer_sooner(tmp_path: Path) -> None:
    with Server(tmp_path, ECHO, {"workers": 1}) as server:
        server.wait_ready()
        workers = server.workers()
        answer = server.call({"echo": 1, "seconds": 0.6}, headers={"x-brygga-timeout-ms": "200"})
        assert (answer.status, answer.message) == (504, "Scoring timeout after 200 ms")
        assert server.call({"echo": 2}).json == 2
        assert server.workers() == workers


def test_ten_thousand_idle_connections(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_200
    if hard < wanted:
        import pytest

        pytest.skip(f"the hard limit of open files is {hard}")
    script = ECHO.replace('asked["echo"]', "__import__('resource').getrlimit(7)[0]")
    with Server(tmp_path, script) as server:
        server.wait_ready()
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        idle = []
        try:
            idle = [server.connect() for _ in range(10_000)]
            assert server.call({"echo": 1}).json == soft  # workers keep the limit they were given
        finally:
            for sock in idle:
                sock.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _refused(server: Server) -> bool:
    try:
        server.connect().close()
    except ConnectionError:  # refused, or reset because it came while the door was closed
        return True
    return False
