"""The Dockerfiles of an image: text, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from brygga.images.bundle import Bundle

APP = "/app"
SERVER = "/opt/brygga/server"
ENVIRONMENT = "/opt/brygga/env"
CONFIG = "/opt/brygga/serve.json"
PORT = 5001
USER = "10001:10001"

_PREFIX = "dev.brygga"
_OCI = "org.opencontainers.image"

# Bytecode has to be in the image: the root is read-only when it runs, so that otherwise every start
# would compile everything anew. It is trusted unchecked, since nothing in an image changes. The
# tests of packages are left out: a third of all files, and nobody runs them here.
_COMPILE = (
    "import compileall, py_compile, re; "
    "compileall.compile_dir({folder!r}, quiet=2, workers=0, rx=re.compile('/tests/'), "
    "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
)


def server_steps() -> str:
    """The scoring server in a prefix of its own."""
    return "\n".join(
        (
            "# The scoring server, in a prefix of its own: it never meets the model's packages.",
            "USER root",
            f"COPY server {SERVER}",
            _compiled(SERVER),
        )
    )


def environment_steps() -> str:
    """The user's packages, in a prefix of their own."""
    return "\n".join(
        (
            "# The model's packages, exactly those of the lock.",
            f"COPY env {ENVIRONMENT}",
            _compiled(ENVIRONMENT),
        )
    )


def runtime_steps() -> str:
    """How it is run: the same for every service, so that theirs is a layer of files alone."""
    command = [f"{SERVER}/bin/python", "-I", "-m", "brygga_server.cli"]
    return "\n".join(
        (
            "# How it is run.",
            "ENV HOME=/tmp",
            f"WORKDIR {APP}",
            f"USER {USER}",
            f"EXPOSE {PORT}",
            f"ENTRYPOINT {json.dumps(command)}",
            f"CMD {json.dumps(['--config', CONFIG])}",
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


def layer(below: str, steps: str) -> str:
    """A Dockerfile that adds steps to an image."""
    return f"FROM {below}\n\n{steps}\n"


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


def _compiled(prefix: str) -> str:
    script = _COMPILE.format(folder=f"{prefix}/lib")
    return f"RUN {json.dumps([f'{prefix}/bin/python', '-I', '-c', script])}"


def _labels(pairs: Mapping[str, str]) -> str:
    lines = [f"{name}={json.dumps(value)}" for name, value in pairs.items()]
    return "LABEL " + " \\\n      ".join(lines)
