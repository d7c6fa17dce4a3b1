"""Submitted scripts: what they are given, and what they find of v1 beside their own packages."""

from pathlib import Path

import pytest

from azureml.core import (
    Dataset,
    Environment,
    Experiment,
    Model,
    ScriptRunConfig,
    Workspace,
)
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import ActivityFailedException, UserErrorException

ASKING = """
import sys
assert "azureml.core" in sys.modules  # its shims are there for what is imported before it
from azureml.core import Run
from azureml.core.model import Model
from azureml.exceptions import UserErrorException, WebserviceException
run = Run.get_context()
run.log("loss", 0.5)
run.log("loss", 0.25)
assert run.get_metrics() == {"loss": [0.5, 0.25]}
workspace = run.experiment.workspace
assert (run.experiment.name, workspace.name, run.parent) == ("digits", "tests", None)
assert run.get_details()["status"] == "Running"
with run.child_run("part") as part:
    part.log("x", 1)
(child,) = run.get_children()
assert (child.id, child.get_metrics()) == (part.id, {"x": 1})
mounted = sys.argv[1]
assert open(mounted + "/a.csv").read() == "x\\n1\\n"
assert run.input_datasets["files"] == mounted
assert run.input_datasets["rows"].id == sys.argv[2]
assert run.tags == {"given": "1"}
open("model.pkl", "w").write("a model")
run.upload_file("./outputs/model.pkl", "model.pkl")
assert run.get_file_names() == ["outputs/model.pkl"]
assert run.register_model("from-script", "./outputs/model.pkl").version == 1
assert Model(workspace, "from-script").name == "from-script"
assert "Model" in str(Model)
assert "from-script" in workspace.models
for wrong, kind in (
    (lambda: Model(workspace, "nothing"), WebserviceException),
    (lambda: run.log("bad", [1]), UserErrorException),
    (lambda: run.nothing, AttributeError),
    (lambda: __import__("azureml.core", fromlist=["x"]).Nothing, ImportError),
    (lambda: __import__("azureml.explain"), ModuleNotFoundError),
):
    try:
        wrong()
    except kind as error:
        print(kind.__name__)
    else:
        raise AssertionError(kind)
run.complete()
"""


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "digits")


def plain(*packages: str) -> Environment:
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=list(packages))
    return environment


def script(folder: Path, text: str) -> str:
    source = folder / "source"
    source.mkdir()
    (source / "train.py").write_text(text)
    return str(source)


def test_a_script_has_of_its_run_what_a_notebook_has(
    experiment: Experiment, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "in").mkdir()
    (folder / "in/a.csv").write_text("x\n1\n")
    files = Dataset.File.from_files("in")
    rows = Dataset.Tabular.from_delimited_files("in/a.csv")
    inputs = [files.as_named_input("files").as_mount(), rows.as_named_input("rows")]
    config = ScriptRunConfig(
        script(folder, ASKING), "train.py", arguments=inputs, environment=plain()
    )

    run = experiment.submit(config, tags={"given": "1"})
    run.wait_for_completion(show_output=True)

    told = capsys.readouterr().out
    names = [
        "WebserviceException",
        "UserErrorException",
        "AttributeError",
        "ImportError",
        "ModuleNotFoundError",
    ]
    assert [line for line in told.splitlines() if line in names] == names
    assert Model(experiment.workspace, "from-script").run_id == run.id


def test_packages_that_the_user_looks_after_are_those_of_the_caller(
    experiment: Experiment, folder: Path
) -> None:
    source = script(
        folder,
        "import sys, azureml.core\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        "run.log('python', sys.executable)\nrun.log('facade', azureml.core.__file__)\n"
        "open('logs/a.txt', 'w').write('kept')\nrun.complete()\nprint('after')\n",
    )
    environment = Environment("mine")
    environment.python.user_managed_dependencies = True

    run = experiment.submit(ScriptRunConfig(source, "train.py", environment=environment))
    run.wait_for_completion()

    import sys

    import azureml.core

    assert run.get_metrics() == {"python": sys.executable, "facade": azureml.core.__file__}
    assert "logs/a.txt" in run.get_file_names()


def test_the_last_lines_of_a_script_that_failed_are_told(
    experiment: Experiment, folder: Path
) -> None:
    source = script(folder, "print('reading')\nraise ValueError('no data')\n")
    run = experiment.submit(ScriptRunConfig(source, "train.py", environment=plain()))

    with pytest.raises(ActivityFailedException) as caught:
        run.wait_for_completion()

    assert "exit code 1: ValueError: no data" in caught.value.message
    assert '  reading\n  Traceback (most recent call last):\n    File "train.py"' in str(
        caught.value.message
    )


def test_two_inputs_of_one_name_are_refused(experiment: Experiment, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in/a.csv").write_text("x\n1\n")
    one, other = Dataset.File.from_files("in"), Dataset.File.from_files("in")
    inputs = [each.as_named_input("files").as_mount() for each in (one, other)]
    config = ScriptRunConfig(script(folder, ""), "train.py", arguments=inputs)

    with pytest.raises(UserErrorException, match="Two inputs have the name files"):
        experiment.submit(config)


def test_logging_from_a_notebook_keeps_its_outputs_and_logs(
    experiment: Experiment, folder: Path
) -> None:
    run = experiment.start_logging()
    (folder / "outputs/model.pkl").write_text("model")
    (folder / "logs/log.txt").write_text("log")

    run.complete()

    assert run.get_file_names() == ["logs/log.txt", "outputs/model.pkl"]
    run.download_file("./outputs/model.pkl", "copy.pkl")
    assert (folder / "copy.pkl").read_text() == "model"
    assert (folder / "outputs").is_dir()
