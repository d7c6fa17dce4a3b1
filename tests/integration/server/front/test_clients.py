"""Clients that offer HTTP/2 with every request over HTTP/1.1: they are answered in HTTP/1.1."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import front
from support.front import Server

SCRIPT = """
import json

def init():
    pass

def run(raw):
    return {"length": len(raw), "asked": json.loads(raw)["asked"]}
"""
JAVA = Path(front.__file__).with_name("Post.java")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("clients"), SCRIPT) as running:
        yield running.wait_ready()


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("chunked", [False, True])
def test_curl_that_offers_http2(server: Server, tmp_path: Path, *, chunked: bool) -> None:
    body = json.dumps({"asked": 7, "more": "x" * 200_000})
    (tmp_path / "body.json").write_text(body)
    url = f"http://127.0.0.1:{server.port}/score"
    more = ["-H", "Transfer-Encoding: chunked"] if chunked else []
    command = [tool("curl"), "--silent", "--show-error", "--http2", "--max-time", "20", *more]
    command += ["--data-binary", f"@{tmp_path / 'body.json'}", "--write-out", " %{http_version}"]
    # Twice on one connection: the second finds where the first has ended.
    done = subprocess.run(
        [*command, url, "--next", *command[1:], url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = f'{{"length": {len(body)}, "asked": 7}} 1.1'
    assert done.stdout == told + told


def test_javas_default_client(server: Server) -> None:
    body = json.dumps({"asked": "java"})
    done = subprocess.run(
        [tool("java"), str(JAVA), f"http://127.0.0.1:{server.port}/score", body],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = f'HTTP_1_1 200 {{"length": {len(body)}, "asked": "java"}}\n'
    assert (done.stdout, done.returncode) == (told + told, 0), done.stderr
