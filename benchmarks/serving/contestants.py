"""Who is measured, and how each is asked in its own fastest way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .environments import environment
from .model import Subject
from .server import Running, free_port

SCRIPTS = Path(__file__).with_name("scripts")
Start = Callable[[str, Path, Path, Subject], Running]  # name, environment, folder, model


@dataclass(frozen=True)
class Contestant:
    """A server and what it wants to be asked."""

    name: str
    requirements: tuple[str, ...]
    start: Start
    body: Callable[[Any], object]
    labels: Callable[[Any], list[int]] = list
    peer: bool = True  # False: a reference, or ourselves
    optional: bool = False  # only with PEERS=all

    def running(self, folder: Path, subject: Subject) -> Running:
        """Installed if need be, not yet started."""
        here = folder / self.name
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir(parents=True)
        for script in SCRIPTS.glob("*.py"):
            shutil.copy(script, here)
        installed = (
            environment(self.name, self._pinned()) if self.requirements else Path(sys.prefix)
        )
        return self.start(self.name, installed, here, subject)

    def encode(self, rows: Any) -> bytes:
        """A request about these rows."""
        return json.dumps(self.body(rows.tolist())).encode()

    def _pinned(self) -> tuple[str, ...]:
        # The same model code for everybody, where the peer allows it.
        same = tuple(f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "joblib"))
        return self.requirements if self.name == "mlserver" else (*self.requirements, *same)


def contestants(*, everybody: bool) -> list[Contestant]:
    """All of them, or those that are measured every time."""
    return [c for c in _ALL if everybody or not c.optional]


def _data(rows: Any) -> object:
    return {"data": rows}


def _model_dir(subject: Subject) -> dict[str, str]:
    return {"AZUREML_MODEL_DIR": str(subject.folder)}


def _brygga(script: str) -> Start:
    def start(name: str, _installed: Path, folder: Path, subject: Subject) -> Running:
        port = free_port()
        command = [sys.executable, "-m", "brygga_server.cli", "--entry-script", script]
        command += ["--port", str(port), "--model-dir", str(subject.folder)]
        return Running(name, command, port, "/score", folder)

    return start


def _azmlinfsrv(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
    port = free_port()
    command = [str(installed / "bin" / "azmlinfsrv"), "--entry_script", "score.py"]
    command += ["--port", str(port), "--model_dir", str(subject.folder)]
    path = f"{installed / 'bin'}:/usr/bin:/bin"  # it calls gunicorn by name
    settings = {**_model_dir(subject), "WORKER_COUNT": "1", "PATH": path}
    return Running(name, command, port, "/score", folder, settings)


def _uvicorn(application: str) -> Start:
    def start(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
        port = free_port()
        command = [str(installed / "bin" / "uvicorn"), application, "--port", str(port)]
        return Running(name, command, port, "/score", folder, _model_dir(subject))

    return start


def _mlserver(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
    http, grpc, metrics = free_port(), free_port(), free_port()
    settings = {
        "debug": False, "parallel_workers": 0, "host": "127.0.0.1", "http_port": http,
        "grpc_port": grpc, "metrics_port": metrics, "environments_dir": str(folder / ".envs"),
    }  # fmt: skip
    model = {
        "name": "digits",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(subject.file)},
    }
    shutil.copy(subject.file, folder / "model.joblib")
    model["parameters"] = {"uri": str(folder / "model.joblib")}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    command = [str(installed / "bin" / "mlserver"), "start", str(folder)]
    return Running(name, command, http, "/v2/models/digits/infer", folder)


def _v2(rows: Any) -> object:
    shape = [len(rows), len(rows[0])]
    return {"inputs": [{"name": "x", "shape": shape, "datatype": "FP64", "data": rows}]}


def _litserve(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
    port = free_port()
    command = [str(installed / "bin" / "python"), "lit.py", str(port)]
    return Running(name, command, port, "/score", folder, _model_dir(subject))


def _bentoml(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
    port = free_port()
    command = [str(installed / "bin" / "bentoml"), "serve", "bento:Digits", "--port", str(port)]
    return Running(name, command, port, "/score", folder, _model_dir(subject))


def _mlflow(name: str, installed: Path, folder: Path, subject: Subject) -> Running:
    port = free_port()
    python = str(installed / "bin" / "python")
    model = folder / "model"
    write = [python, "mlflow_model.py", str(subject.file), str(model)]
    subprocess.run(write, cwd=folder, check=True, capture_output=True)
    command = [str(installed / "bin" / "mlflow"), "models", "serve", "-m", str(model)]
    command += ["--env-manager", "local", "--port", str(port), "--workers", "1"]
    path = f"{installed / 'bin'}:/usr/bin:/bin"  # it calls uvicorn by name
    return Running(name, command, port, "/invocations", folder, {"PATH": path})


OURS, OURS_BATCHED = "brygga", "brygga-batched"
AZML, BARE = "azureml-inference-server-http", "bare-asgi"
_UVICORN = ("uvicorn", "uvloop", "httptools")

_ALL = [
    Contestant(OURS, (), _brygga("score.py"), _data, peer=False),
    Contestant(OURS_BATCHED, (), _brygga("score_batched.py"), _data, peer=False),
    Contestant(AZML, ("azureml-inference-server-http==1.5.1",), _azmlinfsrv, _data),
    Contestant(BARE, _UVICORN, _uvicorn("bare:app"), _data, peer=False),
    Contestant("mlserver", ("mlserver", "mlserver-sklearn"), _mlserver, _v2,
               lambda told: list(told["outputs"][0]["data"])),
    Contestant("fastapi", ("fastapi", *_UVICORN), _uvicorn("hand_written:app"), _data),
    Contestant("fastapi-unchecked", ("fastapi", *_UVICORN),
               _uvicorn("hand_written_request:app"), _data),
    Contestant("litserve", ("litserve",), _litserve, _data, optional=True),
    Contestant("bentoml", ("bentoml",), _bentoml, _data, optional=True),
    Contestant("mlflow", ("mlflow",), _mlflow, lambda rows: {"inputs": rows},
               lambda told: list(told["predictions"]), optional=True),
]  # fmt: skip
