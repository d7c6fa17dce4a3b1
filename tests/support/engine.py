"""A container engine for tests; where there is none they skip, but not in CI."""

from __future__ import annotations

import os

import pytest

from brygga.errors import EngineUnavailableError
from brygga.images.engine import Engine, connect

BASE_IMAGE = "localhost/brygga-base:bookworm"
"""What deploy/base-image/ makes."""


def require_engine() -> Engine:
    """The engine, with a base image.

    `BRYGGA_BASE_IMAGE` may name another one, as on machines that reach a registry.
    """
    try:
        engine = connect()
    except EngineUnavailableError as error:
        _skip(str(error))
    os.environ.setdefault("BRYGGA_BASE_IMAGE", BASE_IMAGE)
    name = os.environ["BRYGGA_BASE_IMAGE"]
    if "{" not in name and engine.find_image(name) is None:
        _skip(f"The engine has no image {name}: make it with deploy/base-image/make.")
    return engine


def _skip(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"In CI this may not skip. {reason}")
    pytest.skip(reason)
