"""Containers: from `deploy` to the first answer, and what the gateway costs.

Needs a container engine, and a base image as BRYGGA_BASE_IMAGE says; `wrk` for the second part. The
first figures are of a base image that the engine has never seen, so that they are those of a
machine that has never built anything; packages are in uv's cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from deploying import Figure

from brygga import Environment, Service, Workspace
from brygga.images.engine import Engine, connect
from brygga.operations import SILENT
from brygga.settings import Settings

COLUMNS = 784
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))

# As in the tutorial, with the time that its imports and the loading of the model take.
SCORE = """
import time
started = time.perf_counter()
import json, os
import joblib, numpy as np, sklearn.linear_model

def init():
    global model, own
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))
    own = time.perf_counter() - started

def run(raw_data):
    data = np.array(json.loads(raw_data)["data"])
    if not len(data):
        return {"build": BUILD, "own": own}
    return model.predict(data).tolist()
"""

NUMERIC = """
import os
import joblib, numpy as np, sklearn.linear_model
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema

def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))

@input_schema("data", NumpyParameterType(np.zeros((1, 784))))
def run(data):
    return model.predict(data).tolist()
"""


def measure() -> Iterator[Figure]:
    """All figures of this file; takes three minutes."""
    engine = connect()
    with _new_base(engine) as base, tempfile.TemporaryDirectory(prefix="brygga-bench-") as home:
        bench = _Bench(Path(home), base)
        try:
            yield from bench.deployments(engine)
            if shutil.which("wrk"):
                yield from bench.throughput("the tutorial's script", SCORE, 0.85)
                yield from bench.throughput("the numeric path", NUMERIC, 0.0)
        finally:
            for service in bench.workspace.services.list():
                service.delete()


class _Bench:
    def __init__(self, home: Path, base: str) -> None:
        self.home = home
        variables = {**os.environ, "BRYGGA_HOME": str(home / "home"), "BRYGGA_BASE_IMAGE": base}
        settings = Settings.from_environment(variables)
        self.workspace = Workspace.create("bench", settings=settings)
        self.environment = Environment.from_packages(["scikit-learn"])
        _train(home / "model.pkl")
        self.model = self.workspace.models.register("bench", home / "model.pkl")

    def deploy(self, name: str, text: str, target: str = "container") -> Service:
        script = self.home / "score.py"
        script.write_text(text)
        service = self.workspace.services.deploy(
            name,
            models=[self.model],
            entry_script=script,
            environment=self.environment,
            target=target,
            auth=False,
        )
        service.wait_for_deployment(timeout_s=300)
        return service

    def deployments(self, engine: Engine) -> Iterator[Figure]:
        pairs = [self._both_ways(engine) for _ in range(ROUNDS)]
        built = statistics.median(seconds for _, seconds in pairs)
        yield Figure("container, a new image by the engine's own build", built, float("inf"))
        loaded = statistics.median(seconds for seconds, _ in pairs)
        yield Figure("container, the same image of layers that are loaded", loaded, built / 2)
        first, _ = self._timed(1)
        yield Figure("container, first deployment ever: deploy to first answer", first, 30.0)
        changed = [self._timed(build) for build in range(2, 2 + ROUNDS)]
        took = statistics.median(seconds for seconds, _ in changed)
        yield Figure("container, score.py changed: deploy to first answer", took, 4.0)
        same = statistics.median(self._timed(1 + ROUNDS)[0] for _ in range(ROUNDS))
        yield Figure("container, nothing changed: deploy to first answer", same, 2.5)
        yield Figure(
            "container, its start to its first answer, less the script's own imports",
            statistics.median(self._start(engine) for _ in range(ROUNDS)),
            1.0,
        )

    def _both_ways(self, engine: Engine) -> tuple[float, float]:
        """Seconds for an image of which the engine has the base image alone: loaded, built."""
        script = self.home / "score.py"
        script.write_text(SCORE)
        with _new_base(engine) as base, tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            image = self.workspace.images.create(
                "bench",
                entry_script=script,
                models=[self.model],
                environment=self.environment,
                base_image=base,
            )
            image.wait_for_creation()
            loaded = time.perf_counter() - begin
            begin = time.perf_counter()
            engine.build(image.write_context(folder), f"{base}-built", SILENT)
            built = time.perf_counter() - begin
            engine.remove_image(f"{base}-built")
            image.delete()
        return loaded, built

    def throughput(self, what: str, text: str, at_least: float) -> Iterator[Figure]:
        """Requests a second of both targets in turns, and their ratio within each round."""
        services = {kind: self.deploy(f"load-{kind}", text, kind) for kind in _KINDS}
        found: dict[str, list[float]] = {kind: [] for kind in _KINDS}
        for _ in range(ROUNDS):
            for kind, service in services.items():
                found[kind].append(_load(str(service.scoring_uri), self.home))
        for kind, service in services.items():
            rate = statistics.median(found[kind])
            yield Figure(f"{what}, {kind}: requests a second", rate, float("inf"), "/s")
            service.delete()
        ratios = [c / p for p, c in zip(found["process"], found["container"], strict=True)]
        # A ratio is better the larger it is; a figure the smaller.
        limit = 1 / at_least if at_least else float("inf")
        cost = 1 / statistics.median(ratios)
        yield Figure(f"{what}: process by container (0.85 the other way is 1.18)", cost, limit, "")

    def _timed(self, build: int) -> tuple[float, float]:
        """Seconds to the first answer, and those of the script itself."""
        begin = time.perf_counter()
        service = self.deploy("bench", SCORE.replace("BUILD", str(build)))
        answer = service.run({"data": []})
        took = time.perf_counter() - begin
        service.close()
        assert answer["build"] == build
        return took, float(answer["own"])

    def _start(self, engine: Engine) -> float:
        """From the start of the container to an answer of its front, less the script's imports."""
        service = self.workspace.services.get("bench")
        name = str(next(iter(service.details["containers"]))).split(" ")[0]  # type: ignore[call-overload]
        container = engine.client.containers.get(name)
        engine.client.api.kill(container.id, "SIGKILL")
        container.wait()
        begin = time.perf_counter()
        container.start()
        answer = service.run({"data": []})
        took = time.perf_counter() - begin
        service.close()
        return took - float(answer["own"])


@contextmanager
def _new_base(engine: Engine) -> Iterator[str]:
    """The base image with a label, and with it an id, that nothing has been built on."""
    name = f"localhost/brygga-bench:{token_hex(8)}"
    with tempfile.TemporaryDirectory(prefix="brygga-bench-") as folder:
        text = f"FROM {os.environ['BRYGGA_BASE_IMAGE']}\nLABEL bench={name}\n"
        Path(folder, "Dockerfile").write_text(text)
        engine.build(Path(folder), name, SILENT)
    try:
        yield name
    finally:
        engine.remove_image(name)


_KINDS = ("process", "container")


def _load(url: str, folder: Path) -> float:
    script = folder / "post.lua"
    body = json.dumps({"data": [[round(0.001 * i, 4) for i in range(COLUMNS)]]})
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [==[{body}]==]\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
    )
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS:g}s", "-s", str(script), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    match = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert match is not None, said
    return float(match[1])


def _train(path: Path) -> None:
    import joblib
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(7)
    rows = rng.random((200, COLUMNS))
    joblib.dump(LogisticRegression(max_iter=50).fit(rows, np.arange(200) % 10), path)
