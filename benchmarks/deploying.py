"""How long it takes from `deploy` to the first scored answer, and what the tools cost to start.

Absolute limits are read next to `python -c "import sklearn.linear_model"` in the same run: what the
script imports by itself is no part of what Brygga adds.
"""

from __future__ import annotations

import os
import pickle
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brygga import Environment, Service, Workspace
from brygga.settings import Settings

SCORE = """
import json, os, time
started = time.perf_counter()
import joblib, numpy as np, sklearn.linear_model

def init():
    global model, own
    folder = os.environ["AZUREML_MODEL_DIR"]
    model = joblib.load(os.path.join(folder, "model.pkl"))
    own = time.perf_counter() - started

def run(raw_data):
    data = np.array(json.loads(raw_data)["data"])
    return {"label": model.predict(data).tolist(), "own_seconds": own, "build": BUILD}
"""


@dataclass(frozen=True)
class Figure:
    """One measured number beside its limit, in `unit`."""

    name: str
    value: float
    limit: float
    unit: str = "s"

    @property
    def ok(self) -> bool:
        return self.value <= self.limit


def measure() -> list[Figure]:
    """All figures of this file; takes about a minute."""
    with tempfile.TemporaryDirectory(prefix="brygga-bench-") as home:
        return [*_deployments(Path(home)), *_starts()]


def _deployments(home: Path) -> list[Figure]:
    workspace = Workspace.create("bench", settings=Settings(home=home / "home"))
    model = home / "model.pkl"
    rows = _train(model)
    registered = workspace.models.register("bench", model)
    environment = Environment.from_packages(["scikit-learn"])
    script = home / "score.py"

    def deploy(name: str, build: int) -> tuple[float, float]:
        """(seconds from deploy to the first answer, those of the script itself)."""
        script.write_text(SCORE.replace("BUILD", str(build)))
        begin = time.perf_counter()
        service = workspace.services.deploy(
            name, models=[registered], entry_script=script, environment=environment
        )
        answer = _first_answer(service, rows)
        took = time.perf_counter() - begin
        assert answer["build"] == build
        return took, float(str(answer["own_seconds"]))

    try:
        new, _ = deploy("bench-a", 1)
        # The first import compiled the packages' bytecode; from now on it is there.
        fresh = [deploy(f"bench-{name}", 2) for name in "bcd"]
        update = [deploy("bench-a", build) for build in (3, 4, 5)]
    finally:
        for service in workspace.services.list():
            service.delete()
    reference = _median(3, lambda: _run(_python(home), "-c", "import sklearn.linear_model"))
    return [
        Figure("reference: import sklearn.linear_model", reference, float("inf")),
        Figure("environment new, packages in uv's cache: deploy to first answer", new, 12.0),
        Figure(
            "environment realised: deploy to first answer, less the script's own time",
            statistics.median(took - own for took, own in fresh),
            1.0,
        ),
        Figure(
            "update: deploy to first answer, less the script's own time",
            statistics.median(took - own for took, own in update),
            1.0,
        ),
    ]


def _starts() -> list[Figure]:
    brygga = Path(sysconfig.get_path("scripts")) / "brygga"
    empty = _median(7, lambda: _run(sys.executable, "-c", "pass"))
    imported = _median(7, lambda: _run(sys.executable, "-c", "import brygga"))
    helped = _median(7, lambda: _run(str(brygga), "--help"))
    return [
        Figure("import brygga", (imported - empty) * 1000, 150, "ms"),
        Figure("brygga --help", helped * 1000, 300, "ms"),
    ]


def _first_answer(service: Service, rows: list[list[float]]) -> dict[str, object]:
    service.wait_for_deployment(timeout_s=120)
    answer = service.run({"data": rows})
    service.close()
    assert isinstance(answer, dict)
    return answer


def _train(path: Path) -> list[list[float]]:
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    digits = load_digits()
    model = LogisticRegression(max_iter=2000).fit(digits.data / 16, digits.target)
    path.write_bytes(pickle.dumps(model))
    rows: list[list[float]] = (digits.data[:1] / 16).tolist()
    return rows


def _python(home: Path) -> str:
    found = sorted((home / "home" / "environments").glob("*/bin/python"))
    for python in found:
        done = subprocess.run([python, "-c", "import sklearn"], capture_output=True, check=False)
        if done.returncode == 0:
            return str(python)
    raise RuntimeError("no realised environment has scikit-learn")


def _run(*command: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def _median(times: int, action: Callable[[], None]) -> float:
    action()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)
