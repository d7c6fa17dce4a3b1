"""The script's functions and classes in processes that it starts, and what it takes for itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.worker import body, start_config, started

from brygga_server.worker import frames

from .conftest import StartWorker

POOL = """
    import multiprocessing
    import os

    class Point:
        def __init__(self, x):
            self.x = x

    def square(point):
        return Point(point.x * point.x)

    def init():
        pass

    def run(data):
        with multiprocessing.get_context({method!r}).Pool(2) as pool:
            return [point.x for point in pool.map(square, [Point(2), Point(3)])]
"""
LOKY = """
    import joblib

    class Point:
        def __init__(self, x):
            self.x = x

    def square(point):
        return Point(point.x * point.x)

    def init():
        pass

    def run(data):
        ask = joblib.delayed(square)
        return [p.x for p in joblib.Parallel(n_jobs=2)(ask(Point(i)) for i in (2, 3))]
"""
ESTIMATOR = """
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.model_selection import cross_val_score

    class Majority(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_, counts = np.unique(y, return_counts=True)
            self.answer_ = self.classes_[counts.argmax()]
            return self

        def predict(self, X):
            return np.full(len(X), self.answer_)

    def init():
        pass

    def run(data):
        X, y = np.arange(40).reshape(20, 2), np.array([0, 1] * 10)
        return cross_val_score(Majority(), X, y, n_jobs=2, cv=4).tolist()
"""


def answer(start: StartWorker, script: str, **settings: object) -> object:
    worker = start(script, **settings)
    worker.socket.settimeout(120)  # several interpreters start, and may import scikit-learn
    worker.ready()
    (reply,) = worker.ask(body(1, "1"))
    assert reply.cause == frames.OK, worker.log()
    return bytes(reply.body).decode()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_multiprocessing(start: StartWorker, method: str) -> None:
    assert answer(start, POOL.format(method=method)) == "[4, 9]"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pools_in_other_interpreters(start: StartWorker, other_python: str, method: str) -> None:
    assert answer(start, POOL.format(method=method), python=other_python) == "[4, 9]"


def test_processes_of_loky(start: StartWorker) -> None:
    assert answer(start, LOKY) == "[4, 9]"


def test_an_estimator_of_the_scripts_own_is_validated_in_parallel(start: StartWorker) -> None:
    assert answer(start, ESTIMATOR) == "[0.4, 0.4, 0.4, 0.4]"


def test_what_the_script_imports_is_found_in_its_processes_too(
    start: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "beside.py").write_text("FACTOR = 10\n")
    script = """
        import multiprocessing
        from azureml.core.model import Model
        from beside import FACTOR

        def scaled(x):
            return x * FACTOR, Model.__name__

        def init(): pass

        def run(data):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                return pool.map(scaled, [2])
    """
    assert answer(start, script) == '[[20, "Model"]]'


def test_a_script_in_a_folder_below_and_one_without_a_name(tmp_path: Path) -> None:
    for script, entry in (("src/deep.py", "src/deep.py"), ("main.py", None)):
        file = tmp_path / script
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            "import multiprocessing\n"
            "def square(x): return x * x\n"
            "def init(): pass\n"
            "def run(data):\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        return pool.map(square, [3])\n"
        )
        with started(start_config(tmp_path, entry_script=entry)) as worker:
            worker.ready()
            (reply,) = worker.ask(body(1, "1"))
            assert reply.body == b"[9]", worker.log()


def test_the_command_line_is_the_script_alone(start: StartWorker, tmp_path: Path) -> None:
    script = """
        import argparse, sys
        parser = argparse.ArgumentParser()
        parser.add_argument("--alpha", default=1)
        def init():
            global alpha
            alpha = parser.parse_args().alpha
        def run(data):
            return [sys.argv, alpha]
    """
    assert answer(start, script) == f'[["{tmp_path}/score.py"], 1]'


def pickled_from_main(text: str, expression: str) -> bytes:
    """What a notebook would have written that has run `text`."""
    code = f"{text}\nimport pickle, sys\nsys.stdout.buffer.write(pickle.dumps({expression}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return bytes(done.stdout)


MODEL = """
class Model:
    def __init__(self, bias):
        self.bias = bias
    def predict(self, x):
        return x + self.bias
"""


@pytest.mark.parametrize("where", ["on import", "in init()", "in a process of its own"])
def test_a_class_that_was_pickled_from_main(start: StartWorker, tmp_path: Path, where: str) -> None:
    (tmp_path / "model.pkl").write_bytes(pickled_from_main(MODEL, "Model(40)"))
    load = "pickle.load(open('model.pkl', 'rb'))"
    script = MODEL + (
        "import multiprocessing, pickle\n"
        f"def init():\n    global model\n    model = {load}\n"
        "def run(data): return model.predict(2)\n"
    )
    if where == "on import":
        script += f"model = {load}\ndef init(): pass\n"
    elif where == "in a process of its own":
        script += (
            f"def work(x): return {load}.predict(x)\n"
            "def run(data):\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        return pool.map(work, [2])[0]\n"
        )
    assert answer(start, script) == "42"


def test_a_class_from_main_that_the_script_lacks_is_named(
    start: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "model.pkl").write_bytes(pickled_from_main(MODEL, "Model(40)"))
    worker = start(
        "import pickle\ndef init(): pickle.load(open('model.pkl', 'rb'))\ndef run(data): 0\n"
    )
    kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert told["cause"] == "init_raised"
    assert "Model" in told["message"]
    assert "__main__" in told["message"]
