"""The loop: progress, order, threads, full sockets, the end."""

import json
import mmap
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.worker import Worker, body, start_config, started

from brygga_server.worker import frames

from .conftest import StartWorker

SCRIPT = """
import collections, itertools, os, time

def init():
    pass

def run(data):
    if data == "hang":
        collections.deque(itertools.repeat(1), maxlen=0)
    if data == "fork":
        os.fork()
    if data == "garbage":
        for fd in range(3, 64):
            try:
                os.write(fd, b"garbage")
            except OSError:
                pass
    if data == "print":
        print("x" * 1000000, end="")
        print("\\n" * 100000)
    if data.startswith("sleep"):
        time.sleep(float(data.split()[1]))
    if data.startswith("size"):
        return "y" * int(data.split()[1])
    return data
"""


@pytest.fixture
def worker(start: StartWorker) -> Worker:
    started = start(SCRIPT)
    started.ready()
    return started


def test_a_reply_goes_out_before_the_next_request_starts(worker: Worker) -> None:
    worker.send(frames.encode_requests([body(1, "a"), body(2, "hang"), body(3, "b")]))
    assert [reply.id for reply in worker.replies(1)] == [1]
    worker.wait_for_running(2)
    started = worker.running()[1]
    assert 0 <= time.monotonic() - started < 5


def test_the_progress_page_is_idle_between_requests(worker: Worker) -> None:
    worker.ask(body(1, "a"))
    worker.wait_for_running(0)


def test_full_sockets_both_ways_do_not_deadlock(worker: Worker) -> None:
    big = "z" * 2_000_000
    requests = [body(i, "size 3000000") for i in range(1, 4)]
    worker.send(frames.encode_requests(requests))
    # The worker is writing what nobody reads, and has to read what is sent now.
    for i in range(4, 7):
        worker.send(frames.encode_requests([body(i, big)]))
    replies = worker.replies(6)
    assert [reply.id for reply in replies] == [1, 2, 3, 4, 5, 6]
    assert [len(reply.body) for reply in replies] == [3000002] * 3 + [2000002] * 3


def test_frames_may_come_in_pieces(worker: Worker) -> None:
    data = frames.encode_requests([body(1, "abc")])
    worker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    for at in range(0, len(data), 3):
        worker.send(data[at : at + 3])
    assert bytes(worker.replies(1)[0].body) == b'"abc"'


@pytest.mark.parametrize(
    "garbage",
    [b"garbage!" * 10, frames.encode_frame(frames.READY), frames.encode_frame(2, b"\x01" * 30)],
)
def test_garbage_from_the_front_ends_the_worker(worker: Worker, garbage: bytes) -> None:
    worker.send(garbage)
    assert worker.process.wait(10) == 4
    assert "garbage" in worker.log()


def test_the_end_of_the_socket_ends_the_worker(worker: Worker) -> None:
    worker.socket.close()
    assert worker.process.wait(10) == 0


def test_stop_finishes_what_was_sent_before(worker: Worker) -> None:
    worker.send(frames.encode_requests([body(1, "sleep 0.05"), body(2, "b")]))
    assert worker.stop() == 0
    assert [reply.id for reply in worker.replies(2)] == [1, 2]


def test_a_forked_child_does_not_answer(worker: Worker) -> None:
    replies = worker.ask(body(1, "fork"), body(2, "b"), body(3, "c"))
    assert [reply.id for reply in replies] == [1, 2, 3]
    worker.send(frames.encode_requests([body(4, "d")]))
    assert [reply.id for reply in worker.replies(1)] == [4]


def test_garbage_to_low_descriptors_misses_the_socket(worker: Worker) -> None:
    assert worker.ask(body(1, "garbage"))[0].cause == frames.OK
    assert bytes(worker.ask(body(2, "b"))[0].body) == b'"b"'


def test_printing_without_end_is_harmless(worker: Worker) -> None:
    assert worker.ask(body(1, "print"))[0].cause == frames.OK
    assert max(map(len, worker.log().splitlines())) < 1_100_000


PARENT = """
import os, socket, subprocess, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from support.worker import Worker, body, start_config, started, start_config
from brygga_server.worker import frames
worker = Worker(start_config(Path(sys.argv[3])))
worker.ready()
worker.send(frames.encode_requests([body(1, "hang")]))
worker.wait_for_running(1)
print(worker.process.pid, flush=True)
os._exit(0)
"""


def test_a_dying_front_takes_a_hanging_worker_along(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    paths = [entry for entry in sys.path if entry.endswith(("tests", "server/src"))]
    done = subprocess.run(
        [sys.executable, "-c", PARENT, *paths[:2], str(tmp_path)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 5
    while _runs(pid):
        assert time.monotonic() < deadline, "the worker outlives its front"
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_threads_run_side_by_side(start: StartWorker) -> None:
    worker = start(SCRIPT, threads=3)
    worker.ready()
    worker.send(frames.encode_requests([body(1, "sleep 0.5"), body(2, "sleep 0.5"), body(3, "c")]))
    assert [reply.id for reply in worker.replies(1)] == [3]
    running = {worker.running(slot)[0] for slot in range(3)}
    assert {1, 2} <= running
    assert {reply.id for reply in worker.replies(2)} == {1, 2}
    assert worker.stop() == 0


def test_a_request_id_stands_in_json_log_lines(start: StartWorker) -> None:
    worker = start("def init(): pass\ndef run(d): print('said', d)\n", log_format="json")
    worker.ready()
    worker.ask(body(5, "hello"))
    lines = [json.loads(line) for line in worker.log().splitlines()]
    said = [line for line in lines if line["message"] == "said hello"]
    assert [(line["request_id"], line["logger"]) for line in said] == [("rid-5", "brygga.print")]
    assert all("request_id" not in line for line in lines if line not in said)


def test_v1s_lines_come_in_v1s_order(start: StartWorker) -> None:
    worker = start("def init(): print('hi')\ndef run(d): return d\n", profile="v1")
    worker.ready()
    worker.ask(body(1, "x"))
    texts = [line.split(" - ", 1)[1] for line in worker.log().splitlines()]
    assert texts.pop(0) == "Starting up app insights client"
    assert texts.pop(0).startswith("Model directory is not set or does not exist")
    assert texts[0].startswith("Found user script at")
    assert texts[1:4] == [
        "run() is not decorated. Server will invoke it with the input in JSON string.",
        "Invoking user's init function",
        "hi",
    ]
    assert texts[4:7] == [
        "Users's init has completed successfully",
        "Swaggers are prepared for the following versions: [2, 3, 3.1].",
        "Scoring timeout is set to 60000",
    ]
    assert texts[7] == f"Worker with pid {worker.process.pid} ready for serving traffic"


def test_what_is_printed_without_a_newline_comes_out(start: StartWorker) -> None:
    worker = start(
        """
        import logging, sys, warnings

        def init(): pass

        def run(data):
            sys.stdout.write("half")
            sys.stderr.write("to stderr\\n")
            logging.warning("logged")
            sys.stdout.buffer.write(b" line")
        """
    )
    worker.ready()
    worker.ask(body(1, "x"), body(2, "x"))
    log = worker.log()
    assert f"I [{worker.process.pid}] brygga.print - half line" in log
    assert "brygga.stderr - to stderr" in log
    assert "brygga.stderr - WARNING:root:logged" in log


def test_a_crash_in_c_code_leaves_the_stack_in_the_log(start: StartWorker) -> None:
    worker = start("import ctypes\ndef init(): pass\ndef run(d): ctypes.string_at(0)\n")
    worker.ready()
    worker.send(frames.encode_requests([body(9, "x")]))
    assert worker.process.wait(10) == -signal.SIGSEGV
    assert worker.running()[0] == 9
    assert "Segmentation fault" in worker.log()
    assert "score.py" in worker.log()


LOGGING = {
    "version": 1,
    "handlers": {
        "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "f"}
    },
    "formatters": {
        "f": {
            "class": "azureml_inference_server_http.log_config.AMLLogFormatter",
            "format": "MINE %(name)s %(message)s",
        }
    },
    "loggers": {"brygga": {"level": "INFO", "handlers": ["out"], "propagate": False}},
}


def test_the_scripts_own_logging_configuration_is_used(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "logging.json").write_text(json.dumps(LOGGING))
    worker = start("def init(): print('hi')\ndef run(d): return d\n")
    worker.ready()
    assert "MINE brygga.print hi" in worker.log()
    assert "MINE brygga LoadedScript logging config from" in worker.log()


def test_a_broken_logging_configuration_is_told(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "logging.json").write_text("{")
    worker = start(SCRIPT)
    worker.ready()
    assert "logging.json is not used" in worker.log()


def test_folders_that_are_not_there_are_told(tmp_path: Path) -> None:
    with started(start_config(tmp_path / "nowhere")) as worker:
        kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert told["cause"] == "settings_invalid"
    assert "nowhere" in told["message"]


def test_what_was_taken_back_is_not_begun(worker: Worker) -> None:
    worker.send(frames.encode_requests([body(1, "sleep 0.3"), body(2, "b"), body(3, "c")]))
    worker.wait_for_running(1)
    struct.pack_into("<Q", worker.page, mmap.PAGESIZE - 8, 2)
    assert [reply.id for reply in worker.replies(1)] == [1]
    kind, payload = worker.read_frame()
    assert (kind, frames.decode_number(payload)) == (frames.SKIPPED, 2)
    assert [reply.id for reply in worker.replies(1)] == [3]
    assert [reply.id for reply in worker.ask(body(4, "d"))] == [4]
