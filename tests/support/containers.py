"""Services in containers, and what an engine says of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brygga import Environment, Service, Workspace
from brygga.images.engine import Engine
from brygga.testing.services import ECHO

Deploy = Callable[..., Service]


@pytest.fixture
def deploy(workspace: Workspace, tmp_path: Path) -> Iterator[Deploy]:
    def make(text: str = ECHO, name: str = "boxed", **options: Any) -> Service:
        script = tmp_path / "score.py"
        script.write_text(text)
        options = {"environment": Environment.from_packages([]), "memory_gb": 0.5, **options}
        service = workspace.services.deploy(
            name, entry_script=script, target="container", **options
        )
        service.wait_for_deployment(timeout_s=60)
        return service

    yield make
    for service in workspace.services.list():
        service.delete()


def inspected(engine: Engine, service: Service) -> list[dict[str, Any]]:
    """What the engine says of each container of a service."""
    names = [str(text).partition(" ")[0] for text in service.details["containers"]]  # type: ignore[attr-defined]
    return [engine.client.api.inspect_container(name) for name in names]


def kill(seen: dict[str, Any]) -> None:
    """As a crash does it: to the engine a kill through its API is a wish, and it starts nothing."""
    if seen["State"]["Pid"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(seen["State"]["Pid"], 9)
