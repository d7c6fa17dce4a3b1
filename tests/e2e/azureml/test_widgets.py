"""The live view in a kernel: shown once, and changed in its place while other cells run."""

import os
from pathlib import Path
from typing import Any

import nbformat as untyped_nbformat
import pytest
from nbclient import NotebookClient

nbformat: Any = untyped_nbformat

SUBMIT = '''
import os
from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
os.makedirs("script", exist_ok=True)
with open("script/train.py", "w") as file:
    file.write("""
import os, time
from azureml.core import Run
run = Run.get_context()
run.log("loss", 1.0)
while not os.path.exists(os.environ["GO_ON"]):
    time.sleep(0.05)
run.log("loss", 0.5)
print("over and out")
""")
ws = Workspace.create("tests", show_output=False)
environment = Environment("here")
environment.python.user_managed_dependencies = True
environment.environment_variables = {"GO_ON": os.path.abspath("go-on")}
script = ScriptRunConfig("script", "train.py", environment=environment)
run = Experiment(ws, "live").submit(script)
'''
SHOW = "from azureml.widgets import RunDetails\nRunDetails(run).show()"
WAIT = """
import threading
open("go-on", "w").close()
run.wait_for_completion()
for thread in threading.enumerate():
    if thread.name == f"view {run.id}":
        thread.join(30)
"""


def test_what_is_shown_follows_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in (SUBMIT, SHOW, WAIT)]
    )
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=dict(os.environ))

    (shown,) = [
        output["data"]["text/html"]
        for output in notebook.cells[1].outputs
        if "azureml-run" in output.get("data", {}).get("text/html", "")
    ]
    assert ">Completed</span>" in shown
    assert "<polyline" in shown
    assert "over and out" in shown
