"""A notebook, run by a real kernel: what it shows, and what an interrupt leaves behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from brygga import Environment, Workspace

CELLS = (
    """
from pathlib import Path
from brygga import Environment, Workspace
Path("weights.txt").write_text("1")
Path("score.py").write_text("def init(): ...\\ndef run(raw): return 1")
ws = Workspace.get("tests")
""",
    "ws.models.register('weights', 'weights.txt', tags={'data': '<mnist>'})",
    """
service = ws.services.deploy(
    "shown", entry_script="score.py", environment=Environment.from_packages([]), models=["weights"],
)
""",
    "service.wait_for_deployment()",
    "service",
    "ws",
    "ws.services.list()",
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_objects_and_progress_in_a_notebook(workspace: Workspace, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS]  # type: ignore[no-untyped-call]
    )
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()

    _, *shown = (html_of(cell) for cell in notebook.cells)
    assert [len(outputs) for outputs in shown] == [1] * 6  # one output that changes
    model, progress, waiting, service, whole, listed = shown
    assert "Model weights:1" in model[0]
    assert "data=&lt;mnist&gt;" in model[0]
    assert "&#8230;" not in progress[0]
    assert progress[0].count("&#10003;") >= 3
    assert "&#8230;" not in waiting[0]
    assert "&#10003;" in waiting[0]
    assert "Healthy" in listed[0]
    assert "Healthy" in service[0]
    assert "/score" in service[0]
    assert "shown: Healthy" in whole[0]


def html_of(cell: Any) -> list[str]:
    return [output["data"]["text/html"] for output in cell.outputs if "data" in output]


def test_an_interrupt_leaves_nothing_and_says_how_to_go_on(
    workspace: Workspace, shared_home: Path, tmp_path: Path
) -> None:
    """Ctrl-C at each phase of a first deployment in turn, until one comes through."""
    script = tmp_path / "score.py"
    script.write_text("def init(): ...\ndef run(raw): return 1")

    def deploy(at: int) -> int:
        """Interrupted at that phase; how many there were."""
        said = 0

        def progress(line: str) -> None:
            nonlocal said
            said += 1
            if said == at:
                os.kill(os.getpid(), signal.SIGINT)

        workspace.services.deploy(
            "stopped",
            entry_script=script,
            environment=Environment.from_packages([]),
            progress=progress,
        )
        return said

    with pytest.raises(KeyboardInterrupt) as interrupted:
        deploy(at=1)
    assert "Deploy again to go on" in interrupted.value.__notes__[0]

    at, phases = 1, 0
    while not phases:
        try:
            phases = deploy(at)
        except KeyboardInterrupt:
            at += 1
            kept = list(shared_home.glob("workspaces/tests/services/stopped/*"))
            found = workspace.services.find("stopped")
            if kept or found is not None:
                pytest.fail(f"interrupted at phase {at - 1}, it left {found} and {kept}")
    service = workspace.services.get("stopped")
    service.wait_for_deployment(timeout_s=60)

    assert at == phases + 1 >= 3
    assert service.run("1") == 1


def test_an_interrupted_update_leaves_the_old_revision(
    workspace: Workspace, tmp_path: Path
) -> None:
    script = tmp_path / "score.py"
    script.write_text("def init(): ...\ndef run(raw): return 1")

    def interrupt(_: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def deploy(progress: Any) -> Any:
        return workspace.services.deploy(
            "updated",
            entry_script=script,
            environment=Environment.from_packages([]),
            progress=progress,
        )

    service = deploy(lambda _: None)
    service.wait_for_deployment(timeout_s=60)
    script.write_text("def init(): ...\ndef run(raw): return 2")
    with pytest.raises(KeyboardInterrupt):
        deploy(interrupt)

    assert (service.state, service.run("1")) == ("Healthy", 1)
    deploy(lambda _: None).wait_for_deployment(timeout_s=60)
    assert service.run("1") == 2
