"""The Dockerfiles of an image: text, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from brygga.images.bundle import Bundle
from brygga.images.oci.documents import ConfigChange

APP = "/app"
SERVER = "/opt/brygga/server"
ENVIRONMENT = "/opt/brygga/env"
CONFIG = "/opt/brygga/serve.json"
PORT = 5001
USER = "10001:10001"

_PREFIX = "dev.brygga"
_OCI = "org.opencontainers.image"

RUNTIME = ConfigChange(
    "the model's packages",
    variables={"HOME": "/tmp"},  # noqa: S108 - within the container
    folder=APP,
    user=USER,
    port=PORT,
    entrypoint=(f"{SERVER}/bin/python", "-I", "-m", "brygga_server.cli"),
    command=("--config", CONFIG),
)
"""How it is run, from the layer with the packages on: the same for every service."""


def server_steps() -> str:
    """The scoring server in a prefix of its own."""
    return "\n".join(
        (
            "# The scoring server, in a prefix of its own: it never meets the model's packages.",
            "USER root",
            f"COPY server {SERVER}",
        )
    )


def environment_steps() -> str:
    """The user's packages, in a prefix of their own."""
    return "\n".join(
        (
            "# The model's packages, exactly those of the lock.",
            f"COPY env {ENVIRONMENT}",
        )
    )


def runtime_steps() -> str:
    """How it is run."""
    return "\n".join(
        (
            "# How it is run.",
            *(f"ENV {name}={value}" for name, value in RUNTIME.variables.items()),
            f"WORKDIR {RUNTIME.folder}",
            f"USER {RUNTIME.user}",
            f"EXPOSE {RUNTIME.port}",
            f"ENTRYPOINT {json.dumps(RUNTIME.entrypoint)}",
            f"CMD {json.dumps(RUNTIME.command)}",
        )
    )


def extra_steps(steps: str) -> str:
    """What the user adds."""
    return f"# Steps of the user's own.\nUSER root\n{steps}\nUSER {USER}"


def service_steps(bundle: Bundle, workspace: str) -> str:
    """Models and code."""
    return "\n".join(
        (
            f"# The models and the code, below {APP}, and {CONFIG}.",
            _labels(labels(bundle, workspace)),
            "COPY files /",
        )
    )


def on(below: str, steps: str) -> str:
    """A Dockerfile that adds what the user adds to an image."""
    return f"FROM {below}\n\n{extra_steps(steps)}\n"


def whole(bundle: Bundle, workspace: str) -> str:
    """One Dockerfile for all of it, to be built elsewhere."""
    base = bundle.base
    assert base is not None
    parts: Sequence[str] = [
        base.dockerfile.strip() if base.dockerfile else f"FROM {base.reference}",
        server_steps(),
        environment_steps(),
        runtime_steps(),
        *([extra_steps(base.steps)] if base.steps else []),
        service_steps(bundle, workspace),
    ]
    return "\n\n".join(parts) + "\n"


def labels(bundle: Bundle, workspace: str) -> dict[str, str]:
    """What an image says of itself."""
    models = ",".join(f"{m.name}:{m.version}@sha256:{m.sha256}" for m in bundle.models)
    return {
        f"{_OCI}.title": bundle.entry_script,
        f"{_OCI}.version": bundle.digest[:12],
        f"{_PREFIX}.workspace": workspace,
        f"{_PREFIX}.bundle": bundle.digest,
        f"{_PREFIX}.lock": bundle.lock,
        f"{_PREFIX}.server": bundle.server,
        f"{_PREFIX}.models": models,
    }


def serve_settings(bundle: Bundle) -> dict[str, object]:
    """How the server finds what is in the image."""
    settings: dict[str, object] = {
        "app_root": APP,
        "entry_script": bundle.entry_script,
        "model_dir": bundle.model_dir,
        "python": f"{ENVIRONMENT}/bin/python",
    }
    if bundle.source_directory is not None:
        settings["source_directory"] = bundle.source_directory
    return settings


def _labels(pairs: Mapping[str, str]) -> str:
    lines = [f"{name}={json.dumps(value)}" for name, value in pairs.items()]
    return "LABEL " + " \\\n      ".join(lines)
