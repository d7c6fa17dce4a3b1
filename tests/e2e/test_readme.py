"""The README's lines, word for word, where only the wheels of the distributions are installed."""

from __future__ import annotations

import json
import re
import shutil
import signal
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from support.cache import ROOT
from support.command import wait_until_nothing_runs
from support.distributions import CleanMachine, build
from support.environments import add

from brygga.testing.services import wait_until

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples/mnist"
ECHO = "def init(): ...\ndef run(raw_data):\n    return raw_data\n"
TRAINED_WITH = ("joblib", "numpy", "scikit-learn")


def lines_of(heading: str) -> list[str]:
    """Those of a section, without their comments."""
    return to_paste(README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0])


def to_paste(text: str) -> list[str]:
    """The lines that are set apart as code."""
    lines = re.findall("^    (.*)$", text, re.MULTILINE)
    return [line.partition("  #")[0].strip() for line in lines]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanMachine]:
    """Where the README was followed to its end, but for what the tests look at."""
    folder = tmp_path_factory.mktemp("readme")
    runtime = Path(tempfile.mkdtemp(prefix="b-"))
    machine = CleanMachine(folder, runtime, build(folder))
    (install,) = (line for line in lines_of("With the code you have") if "pip" in line)
    machine.shell(install)
    add(machine.python, *(f"{each}=={version(each)}" for each in TRAINED_WITH))
    try:
        yield machine
    finally:
        machine.shell("brygga service delete sklearn-mnist-svc")
        shutil.rmtree(runtime)
        wait_until_nothing_runs(folder)


@pytest.fixture(scope="module")
def trained(machine: CleanMachine) -> CleanMachine:
    """With the files that the README speaks of."""
    for name in ("score.py", "myenv.yml", "train.py"):
        shutil.copy(EXAMPLE / name, machine.folder)
    machine.shell("python train.py")
    return machine


@pytest.fixture(scope="module")
def deployed(trained: CleanMachine) -> str:
    """What the lines in Python have said."""
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    asked = code.replace("service.run(", "print(service.run(").rstrip() + ")\n"
    (trained.folder / "deploy.py").write_text(asked)
    return trained.shell("python deploy.py")


def test_in_python(deployed: str) -> None:
    assert len(json.loads(deployed.splitlines()[-1])) == 30


def test_on_the_command_line(trained: CleanMachine, deployed: str) -> None:
    script = trained.folder / "score.py"
    shutil.copy(EXAMPLE / "score.py", script)  # others have put theirs in its place
    said = {}
    for line in lines_of("On the command line"):
        if not line.endswith(" -f"):
            said[line] = trained.shell(line)
            continue
        with trained.start(line) as following:
            assert following.stdout is not None
            assert any("/score" in each for each in following.stdout)
            following.send_signal(signal.SIGINT)
            following.communicate(timeout=20)
        said[line] = ""
    assert len(said) == 7
    (answer,) = (text for line, text in said.items() if "service run" in line)
    assert len(json.loads(json.loads(answer))) == 30
    shown = json.loads(trained.shell("brygga service show sklearn-mnist-svc --json"))
    assert (shown["state"], shown["revision"]) == ("Healthy", 3)


def answered(url: str) -> object:
    """What it says to a hello; nothing while it starts."""
    try:
        with urllib.request.urlopen(url, b"hello", timeout=30) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return None


def test_with_the_code_you_have(machine: CleanMachine) -> None:
    machine.shell("python -c 'from azureml.core import Model, Webservice, Workspace'")
    assert "--entry_script" in machine.shell("azmlinfsrv --help || true")  # ends with 1, as v1's
    (line,) = (line for line in lines_of("With the code you have") if "pip" not in line)
    machine.folder.joinpath("score.py").write_text(ECHO)
    with machine.start(line) as server:
        try:
            assert server.stdout is not None
            found = (re.search(r"http://\S+:\d+/score", text) for text in server.stdout)
            url = next(match[0] for match in found if match)
            wait_until(lambda: answered(url) == "hello")
        finally:
            server.terminate()
            server.communicate(timeout=20)


def test_every_line_is_tried_here_or_is_one_of_make() -> None:
    tried = [*lines_of("On the command line"), *lines_of("With the code you have")]
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    assert [line for line in to_paste(prose) if line not in tried] == ["make demo", "make test"]
    assert README.count("```python") == 1
