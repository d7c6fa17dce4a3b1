"""Unchanged scripts that parse their text are given what the front has read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.front import Server

# The scanner is what parses: it counts how often that happens. Not from init() on: a decoder
# that is not Python's any more is left alone.
SCRIPT = """
import json
import threading
from json import loads

parsed, counts, lock = 0, False, threading.Lock()

def init(): ...

def count():
    global counts
    counts = True
    decoder = json._default_decoder
    scan = decoder.scan_once
    def counted(*args):
        global parsed
        parsed += 1
        return scan(*args)
    decoder.scan_once = counted

{define} run(raw_data):
    with lock:
        if not counts:
            count()
    one, other = json.loads(raw_data), loads(raw_data)
    assert one == other and one is not other
    one["x"].append(1)
    {give} {{"sum": sum(other["x"]), "type": type(raw_data).__name__, "parsed": parsed}}
"""


def _body(number: int) -> dict[str, object]:
    return {"x": list(range(number, number + 400))}


@pytest.mark.parametrize("profile", ["native", "v1"])
@pytest.mark.parametrize(
    ("define", "give", "threads"),
    [("def", "return", 1), ("def", "return", 4), ("async def", "return", 1)],
)
def test_it_is_the_right_one_for_each(
    tmp_path: Path, profile: str, define: str, give: str, threads: int
) -> None:
    settings: dict[str, object] = {
        "workers": 1,
        "threads_per_worker": threads,
        "profile": profile,
        "host": "127.0.0.1",
    }
    script = SCRIPT.format(define=define, give=give)
    with Server(tmp_path, script, settings) as server, ThreadPoolExecutor(12) as clients:
        server.wait_ready()
        answers = list(clients.map(lambda n: (n, server.call(_body(n)).json), range(120)))
        for number, answer in answers:
            assert isinstance(answer, dict)
            assert answer["sum"] == sum(range(number, number + 400))
            assert answer["type"] == "str"
        times = [server.call(_body(1)).json for _ in range(10)]
        counts = {each["parsed"] for each in times if isinstance(each, dict)}
        assert len(counts) == 1, "nothing is parsed any more"
        # What the front leaves alone is parsed as ever.
        answer = server.call({"x": [12345678901234567890123, *range(300)]}).json
        assert isinstance(answer, dict)
        assert answer["sum"] == 12345678901234567890123 + sum(range(300))
        wrong = server.call(b'{"x": [1, 2,, 3]' + b" " * 300)
        assert wrong.status == 500


def test_a_stream_may_read_its_text_late(tmp_path: Path) -> None:
    script = """
import json
def init(): pass
def run(raw_data):
    yield str(sum(json.loads(raw_data)["x"]))
    yield " "
    yield str(len(json.loads(raw_data)["x"]))
"""
    with Server(tmp_path, script, {"workers": 1}) as server:
        server.wait_ready()
        for number in range(5):
            expected = f"{sum(range(number, number + 400))} 400"
            assert server.call(_body(number)).body.decode() == expected


def test_a_setting_turns_it_off(tmp_path: Path) -> None:
    script = SCRIPT.format(define="def", give="return")
    with Server(tmp_path, script, {"workers": 1, "read_ahead": False}) as server:
        server.wait_ready()
        counts = [server.call(_body(1)).json for _ in range(5)]
        assert [each["parsed"] for each in counts if isinstance(each, dict)] == [2, 4, 6, 8, 10]
