"""A real azureml-core beside ours is refused by name."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from packaging.version import parse

import azureml.core


def test_the_version_is_v1s_and_that_of_the_distribution() -> None:
    assert f"1.62.0+brygga.{version('brygga-azureml')}" == azureml.core.VERSION


def test_old_checks_of_the_version_take_it() -> None:
    assert parse("1.0.85") < parse(azureml.core.VERSION) < parse("2")
    assert parse(azureml.core.VERSION).base_version == "1.62.0"
    assert azureml.core.VERSION > "1.0.85"
    assert [int(each) for each in azureml.core.VERSION.split(".")[:2]] == [1, 62]


def test_a_real_one_is_named_with_the_way_out(tmp_path: Path) -> None:
    info = tmp_path / "azureml_core-1.61.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: azureml-core\nVersion: 1.61.0\n")

    done = subprocess.run(
        [sys.executable, "-c", "import azureml.core"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "azureml-core 1.61.0" in done.stderr
    assert "pip uninstall azureml-core" in done.stderr
