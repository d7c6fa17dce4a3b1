"""A newcomer: a fresh home and a fresh environment, and the first pages word for word."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from support.cache import ROOT
from support.command import wait_until_nothing_runs
from support.distributions import CleanMachine, build
from support.environments import add
from support.pages import Reader

TRAINED_WITH = ("joblib", "numpy", "scikit-learn")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanMachine]:
    """With the examples of the repository and what `make dist` makes, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("newcomer")
    runtime = Path(tempfile.mkdtemp(prefix="b-"))
    pins = [f"{each}=={version(each)}" for each in TRAINED_WITH]
    machine = CleanMachine(folder, runtime, build(folder), pins)
    add(machine.python, *pins)  # as it is where models are trained; pip would take a minute for it
    tracked = shutil.ignore_patterns("*.pkl", "rows.json")
    shutil.copytree(ROOT / "examples", machine.folder / "examples", ignore=tracked)
    try:
        yield machine
    finally:
        for service in json.loads(machine.shell("brygga service list --json")):
            machine.shell(f"brygga service delete --yes {service['name']}")
        shutil.rmtree(runtime)
        wait_until_nothing_runs(folder)


def test_the_readme_word_for_word(machine: CleanMachine) -> None:
    reader = Reader(machine.folder, machine.environ)
    reader.follow(ROOT / "README.md")
    shown = json.loads(machine.shell("brygga service show sklearn-mnist-svc --json"))
    assert (shown["state"], shown["revision"]) == ("Healthy", 4)
    machine.shell("python -c 'from azureml.core import Model, Webservice, Workspace'")
    assert "--entry_script" in machine.shell("azmlinfsrv --help || true")  # ends with 1, as v1's


def test_the_first_ten_minutes_word_for_word(machine: CleanMachine) -> None:
    reader = Reader(machine.folder, machine.environ)
    reader.follow(ROOT / "docs/first-ten-minutes.md")


def test_the_way_from_v1_word_for_word(machine: CleanMachine) -> None:
    folder = machine.folder / "v1"  # its config.json names another workspace
    folder.mkdir()
    (folder / "dist").symlink_to(machine.folder / "dist")
    reader = Reader(folder, machine.environ, {"<of config.json>": "of-config-json"})
    reader.follow(ROOT / "docs/migrate-from-azureml-v1.md")
