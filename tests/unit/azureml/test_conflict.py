"""A real azureml-core beside ours is refused by name."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import azureml.core


def test_the_version_is_that_of_the_distribution() -> None:
    assert version("brygga-azureml") == azureml.core.VERSION


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
