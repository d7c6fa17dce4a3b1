"""A Brygga that was upgraded: it carries another release of the server."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brygga.environments import server
from brygga.environments.server import ServerRelease, carried_server

MARK = "\n# a newer release\n"


@contextmanager
def newer_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerRelease]:
    """Within it, deployments use a server whose wheel is another one."""
    before = carried_server()
    folder = folder / "upgraded"
    folder.mkdir()
    wheel = folder / before.wheel.name
    with zipfile.ZipFile(before.wheel) as old, zipfile.ZipFile(wheel, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "brygga_server/__init__.py":
                content += MARK.encode()
            if not item.filename.endswith("/RECORD"):
                new.writestr(item, content)
            else:
                # Without the digests, which are not to be right any more.
                names = (line.split(",")[0] for line in content.decode().splitlines())
                new.writestr(item, "".join(f"{name},,\n" for name in names))
    (folder / "requirements.txt").write_bytes(before.requirements.read_bytes())
    release = server._release(folder)
    assert release is not None
    with monkeypatch.context() as patched:
        patched.setattr(server, "carried_server", lambda: release)
        yield release
