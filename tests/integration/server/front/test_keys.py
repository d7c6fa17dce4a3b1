"""Whatever reaches the script needs the key, whichever method it comes by."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from support.front import Server

RAW = """
import pathlib
from azureml.contrib.services.aml_request import rawhttp

def init():
    pass

@rawhttp
def run(request):
    with open(pathlib.Path(__file__).parent / "ran", "a") as file:
        file.write(request.method)
    return request.method
"""
PLAIN = "def init(): pass\n\ndef run(raw): return raw\n"
KEY = {"Authorization": "Bearer k"}
METHODS = ("GET", "POST", "OPTIONS", "HEAD")


def keyed(folder: Path, script: str, profile: str) -> Server:
    folder.mkdir(exist_ok=True)
    keys = {"version": 1, "keys": {"primary": hashlib.sha256(b"k").hexdigest()}}
    (folder / "keys.json").write_text(json.dumps(keys))
    settings = {"keys_file": str(folder / "keys.json"), "profile": profile}
    return Server(folder, script, {**settings, "host": "127.0.0.1"})


@pytest.mark.parametrize("profile", ["native", "v1"])
def test_a_raw_script_runs_for_nobody_without_the_key(tmp_path: Path, profile: str) -> None:
    with keyed(tmp_path, RAW, profile) as server:
        server.wait_ready()
        for headers in ({}, {"Authorization": "Bearer other"}):
            for method in METHODS:
                assert server.call(path="/score", method=method, headers=headers).status == 401
        assert not (tmp_path / "ran").exists()
        for method in METHODS:
            assert server.call(path="/score", method=method, headers=KEY).status == 200
        assert (tmp_path / "ran").read_text() == "".join(METHODS)


def test_what_may_be_asked_is_told_to_everybody(tmp_path: Path) -> None:
    with keyed(tmp_path, PLAIN, "native") as server:
        server.wait_ready()
        answer = server.call(path="/score", method="OPTIONS")
        assert (answer.status, answer.headers["allow"]) == (200, "GET, HEAD, OPTIONS, POST")
        assert server.call(path="/score").status == 401
