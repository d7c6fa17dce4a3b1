"""A PostgreSQL server of our own, for as long as a test run lasts."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FOLDERS = ("/usr/lib/postgresql/15/bin", *os.get_exec_path())


def find_binary(name: str) -> str | None:
    """The path of one of PostgreSQL's programs; None where it is not installed."""
    return shutil.which(name, path=os.pathsep.join(_FOLDERS))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server that runs for the length of the session."""
    if find_binary("initdb") is None:
        pytest.skip("PostgreSQL is not installed")
    with running_server() as url:
        yield url


@contextmanager
def running_server() -> Iterator[str]:
    """Starts a server that listens on a socket file alone; gives the URL of its first database."""
    # A path of its own and not pytest's: the address of a socket has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        data = folder / "data"
        as_owner: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
            as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        initdb, postgres = find_binary("initdb"), find_binary("postgres")
        assert initdb is not None
        assert postgres is not None
        subprocess.run(
            [*as_owner, initdb, "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            cwd="/",
        )
        options = ["-k", name, "-c", "listen_addresses=", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*as_owner, postgres, "-D", data, *options], cwd="/", stdout=log, stderr=log
            )
        try:
            _wait_until_ready(server, folder)
            yield f"postgresql://tester@/postgres?host={name}"
        finally:
            # SIGTERM would wait for every client to leave, and pools of connections stay.
            server.send_signal(signal.SIGINT)
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    ready = find_binary("pg_isready")
    assert ready is not None
    deadline = time.monotonic() + 60
    while subprocess.run([ready, "-q", "-h", folder], check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((folder / "log").read_text(errors="replace"))
        time.sleep(0.05)
