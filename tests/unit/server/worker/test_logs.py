"""Lines of log into pipes whose readers are slow, deaf or gone."""

from __future__ import annotations

import os
import threading
import time

import pytest

from brygga_server.worker import logs


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def test_a_deaf_reader_costs_a_moment_once_and_hears_how_much_it_missed(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = pipe
    monkeypatch.setattr(logs, "_PATIENCE_MS", 50)
    lines = logs.Log(write)
    began = time.monotonic()
    for _ in range(100):
        lines.info("x", "y" * 2000)
    assert time.monotonic() - began < 2
    os.read(read, 1 << 20)
    lines.info("x", "heard again")
    told = os.read(read, 1 << 20).decode()
    assert "log lines were lost: nobody read them\n" in told
    assert told.endswith("heard again\n")
    lines.info("x", "and on")
    assert "lost" not in os.read(read, 1 << 20).decode()
    os.close(read)
    os.close(write)


def test_a_slow_reader_misses_nothing(pipe: tuple[int, int]) -> None:
    read, write = pipe
    lines = logs.Log(write)
    heard = bytearray()

    def listen() -> None:
        while data := os.read(read, 3000):
            heard.extend(data)

    reader = threading.Thread(target=listen)
    reader.start()
    for number in range(300):
        lines.info("x", f"{number} " + "y" * 1000)
    os.close(write)
    reader.join()
    os.close(read)
    found = heard.decode().splitlines()
    assert [int(line.split(" - ")[1].split()[0]) for line in found] == list(range(300))


def test_a_reader_that_is_gone_is_no_error(pipe: tuple[int, int]) -> None:
    read, write = pipe
    lines = logs.Log(write)
    os.close(read)
    lines.info("x", "y")
    os.close(write)
    lines.info("x", "y")
    logs.Log(write).info("x", "y")
