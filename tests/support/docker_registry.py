"""Debian's registry, a real one, on loopback."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from brygga.testing.services import wait_until


@contextmanager
def docker_registry(
    folder: Path, address: str, *, htpasswd: Path | None = None, read_only: bool = False
) -> Iterator[str]:
    """Answers at `address` until the end of the block; what it was sent stays in `folder`."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    folder.mkdir(exist_ok=True)
    auth = f"auth: {{htpasswd: {{realm: it, path: {htpasswd}}}}}\n" if htpasswd else ""
    config = folder / "registry.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\n{auth}http: {{addr: {address}}}\n"
        f"storage:\n  filesystem: {{rootdirectory: {folder / 'content'}}}\n"
        f"  maintenance: {{readonly: {{enabled: {str(read_only).lower()}}}}}\n"
    )
    process = subprocess.Popen(
        [program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _answers(f"http://{address}/v2/"))
        yield address
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status in (200, 401)
    except (urllib3.exceptions.HTTPError, OSError):
        return False
