"""Notebooks, each in a kernel of its own: the tutorial's blocks, and our own examples."""

import os
from pathlib import Path
from typing import Any

import nbformat as untyped_nbformat
import pytest
from nbclient import NotebookClient
from support import tutorial

nbformat: Any = untyped_nbformat
EXAMPLES = sorted((Path(__file__).parents[3] / "examples/notebooks").glob("*.ipynb"))

_AT_THE_END = {"scripts-in-a-row": "the pipeline: Completed"}
"""What a notebook prints that deploys nothing."""


@pytest.fixture
def kernel(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Jupyter's own files go beside the test's, and its kernels draw without a screen."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("MPLBACKEND", "agg")
    return folder


def _run(notebook: Any, folder: Path) -> str:
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=dict(os.environ))
    return "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path: Path, kernel: Path) -> None:
    printed = _run(nbformat.read(path, as_version=4), kernel)

    default = 'service creation operation finished, operation "Succeeded"'
    assert _AT_THE_END.get(path.stem, default) in printed
    assert [file.name for file in kernel.iterdir() if file.suffix in (".py", ".pkl")] == []


def test_the_tutorial_runs_as_a_notebook(kernel: Path, mnist_model: Path) -> None:
    tutorial.require(tutorial.DOCUMENT)
    tutorial.leave_part_one_behind(kernel, mnist_model)
    cells = [nbformat.v4.new_code_cell(block) for block in tutorial.blocks()]

    printed = _run(nbformat.v4.new_notebook(cells=cells), kernel)

    assert "Overall accuracy: 0.920" in printed
    assert 'ACI service creation operation finished, operation "Succeeded"' in printed
    assert "prediction: " in printed
    assert "Wall time" in printed
    assert (kernel / "conf.png").exists()


def test_examples_are_kept_without_their_output() -> None:
    assert len(EXAMPLES) >= 3
    for path in EXAMPLES:
        for cell in nbformat.read(path, as_version=4).cells:
            assert cell.get("outputs", []) == [], f"clear the output of {path.name}"
