"""Container engines for tests, which skip where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brygga.errors import EngineUnavailableError
from brygga.images.engine import Engine, addresses, connect

BASE_IMAGE = "localhost/brygga-base:bookworm"
"""What deploy/base-image/ makes."""

ENGINES = ("podman", "docker")
"""What the conformance of containers is tried on."""


def require_engine() -> Engine:
    """The engine that Brygga finds, with a base image.

    `BRYGGA_BASE_IMAGE` may name another one, as on machines that reach a registry.
    """
    try:
        engine = connect()
    except EngineUnavailableError as error:
        pytest.skip(str(error))
    os.environ.setdefault("BRYGGA_BASE_IMAGE", BASE_IMAGE)
    name = os.environ["BRYGGA_BASE_IMAGE"]
    if "{" not in name and engine.find_image(name) is None:
        pytest.skip(f"The engine has no image {name}: make it with deploy/base-image/make.")
    return engine


@contextmanager
def chosen_engine(name: str) -> Iterator[Engine]:
    """Lets Brygga find the one of that name, at a usual place or where .ci/engine starts it."""
    places = [f"unix:///run/brygga-ci/{name}.sock", *addresses(os.environ, Path.home())]
    with pytest.MonkeyPatch.context() as patch:
        for place in places:
            patch.setenv("DOCKER_HOST", place)
            try:
                found = connect()
            except EngineUnavailableError:
                continue
            if _name(found) == name:
                yield require_engine()
                return
        pytest.skip(f"{name} answers at none of {', '.join(places)}")


def run_once(engine: Engine, reference: str, command: list[str]) -> tuple[int, str]:
    """Runs a program of an image; returns its exit code and what it printed."""
    container = engine.client.containers.create(
        reference, entrypoint=command[:1], command=command[1:], network_mode="none"
    )
    try:
        container.start()
        code = int(container.wait(timeout=60)["StatusCode"])
        return code, container.logs(stdout=True, stderr=False).decode("utf-8", "replace")
    finally:
        container.remove(force=True)


def _name(engine: Engine) -> str:
    said = engine.client.api.get(f"{engine.client.api.base_url}/_ping")
    return "podman" if "Libpod-Api-Version" in said.headers else "docker"
