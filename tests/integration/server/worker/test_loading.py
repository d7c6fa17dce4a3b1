"""What is wrong with a script is told with its cause, its file and its line."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.worker import PLAIN_PYTHON, body, start_config, started

from brygga_server.worker import frames

from .conftest import StartWorker


def failure(start: StartWorker, script: str, **settings: Any) -> dict[str, Any]:
    worker = start(script, **settings)
    kind, told = worker.greeting()
    assert kind == frames.FAILED, told
    assert worker.process.wait(10) == 3
    return told


@pytest.mark.parametrize(
    ("script", "cause", "line", "message"),
    [
        ("def init(): pass\ndef run(:\n", "script_syntax", 2, "SyntaxError"),
        ("x = 1\nimport nowhere_to_be_found\n", "script_import", 2, "No module named"),
        ("x = 1\n1 / 0\n", "script_import", 2, "ZeroDivisionError"),
        ("import sys\nsys.exit(5)\n", "script_import", 2, "SystemExit: 5"),
        ("def run(data): pass\n", "script_contract", None, "has no function init()"),
        ("def init(): pass\n", "script_contract", None, "has no function run()"),
        ("init = 3\ndef run(data): pass\n", "script_contract", None, "init of score.py is a int"),
        ("def init(): pass\ndef run(): pass\n", "script_contract", 2, "an argument for the input"),
        (
            "def init(): pass\ndef run(request_headers): pass\n",
            "script_contract",
            2,
            'other than "request_headers"',
        ),
        ("def init(): pass\ndef run(*args): pass\n", "script_contract", 2, "*args (args)"),
        ("def init(): pass\ndef run(a, **kw): pass\n", "script_contract", 2, "**kwargs (kw)"),
        ("def init(): pass\ndef run(a, /): pass\n", "script_contract", 2, "positional-only"),
        ("def init(): pass\ndef run(a, b): pass\n", "script_contract", 2, "b cannot be filled"),
        ("def init():\n  open('no.pkl')\ndef run(a): 0\n", "init_raised", 2, "FileNotFoundError"),
        ("def init():\n  raise SystemExit(0)\ndef run(a): 0\n", "init_raised", 2, "SystemExit"),
    ],
)
def test_a_script_that_cannot_be_served_says_why(
    start: StartWorker, script: str, cause: str, line: int | None, message: str
) -> None:
    told = failure(start, script)
    assert (told["cause"], told["file"], told["line"]) == (cause, "score.py", line)
    assert message in told["message"]


def test_tracebacks_begin_at_the_users_first_frame(start: StartWorker) -> None:
    told = failure(start, "def init():\n  deeper()\ndef deeper():\n  {}['k']\ndef run(a): 0\n")
    lines = told["traceback"].splitlines()
    assert 'score.py", line 2, in init' in lines[1]
    assert "worker" not in told["traceback"]


def test_the_line_is_the_scripts_own_where_a_library_raises(start: StartWorker) -> None:
    told = failure(start, "import json\ndef init():\n  json.loads('x')\ndef run(a): 0\n")
    assert told["line"] == 3
    assert "json/decoder.py" in told["traceback"]


def test_a_missing_script_names_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    with started(start_config(tmp_path)) as worker:
        kind, told = worker.greeting()
    assert kind == frames.FAILED
    assert told["cause"] == "script_missing"
    assert "score.py" in told["message"]
    assert "main.py" in told["message"]


def test_without_an_entry_script_main_is_imported(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def init(): pass\ndef run(data): return 'main'\n")
    worker = start("", entry_script=None, profile="v1")
    worker.ready()


def test_a_driver_modules_run_is_stepped_over(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "inner.py").write_text("def init(): pass\ndef run(data): return ready\nready = 0\n")
    worker = start(
        """
        import inner as driver_module

        def init():
            driver_module.ready = 7

        def run(*args):
            return "never called"
        """
    )
    worker.ready()
    assert bytes(worker.ask(body(1, "x"))[0].body) == b"7"


def test_an_exception_that_cannot_be_shown_is_still_told(start: StartWorker) -> None:
    told = failure(
        start,
        """
        class Bad(Exception):
            def __str__(self):
                raise RuntimeError("no")

        def init():
            raise Bad()

        def run(data):
            pass
        """,
    )
    assert told["cause"] == "init_raised"
    assert "Bad" in told["message"]


def test_init_failing_shows_the_model_folder(start: StartWorker, tmp_path: Path) -> None:
    model = tmp_path / "models" / "m" / "1"
    model.mkdir(parents=True)
    (model / "weights.bin").touch()
    worker = start("def init(): 1/0\ndef run(a): 0\n", model_dir=str(tmp_path / "models"))
    worker.greeting()
    worker.process.wait(10)
    assert "Model Directory Contents:" in worker.log()
    assert "weights.bin" in worker.log()
    assert "User's init function failed" in worker.log()


def test_nothing_of_the_workers_shadows_the_users_modules(
    start: StartWorker, tmp_path: Path
) -> None:
    for name in ("schema", "config", "frames", "logs", "loop"):
        (tmp_path / f"{name}.py").write_text(f"OWNER = 'user {name}'\n")
    worker = start(
        """
        import config, frames, logs, loop, schema, sys

        def init():
            pass

        def run(data):
            ours = [entry for entry in sys.path[:-1] if "brygga_server/worker" in entry]
            return [m.OWNER for m in (config, frames, logs, loop, schema)] + ours
        """
    )
    worker.ready()
    answer = bytes(worker.ask(body(1, "x"))[0].body).decode()
    assert answer == ('["user config", "user frames", "user logs", "user loop", "user schema"]')


def test_environment_and_secrets_reach_the_script(start: StartWorker, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "TOKEN").write_text("s3cret")
    (secrets / ".hidden").write_text("x")
    worker = start(
        """
        import os

        def init():
            pass

        def run(name):
            return [os.environ.get(n) for n in name.split()] + [os.getcwd()]
        """,
        secrets_dir=str(secrets),
        environment={"COLOUR": "blue"},
        model_dir=str(tmp_path / "m"),
    )
    worker.ready()
    names = "TOKEN .hidden COLOUR AZUREML_MODEL_DIR AML_APP_ROOT"
    answer = bytes(worker.ask(body(1, names))[0].body).decode()
    root = str(tmp_path)
    assert json.loads(answer) == ["s3cret", None, "blue", root + "/m", root, root]


DEBUGGER = """
said = []
def connect(port): said.append(port)
def wait_for_client(): said.append("waited")
"""


def test_a_debugger_is_waited_for(start: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "debugpy.py").write_text(DEBUGGER)
    script = (
        "import debugpy\nsaid = list(debugpy.said)\ndef init(): pass\ndef run(d): return said\n"
    )
    worker = start(script, environment={"AZUREML_DEBUG_PORT": "5678"})
    worker.ready()
    assert json.loads(bytes(worker.ask(body(1, "x"))[0].body)) == [5678, "waited"]


@pytest.mark.parametrize(
    ("port", "told"), [("five", "has to be a port"), ("5678", "debugpy is not installed")]
)
def test_a_debugger_that_cannot_be_had_is_told(start: StartWorker, port: str, told: str) -> None:
    worker = start(
        "def init(): pass\ndef run(d): 0\n",
        python=PLAIN_PYTHON,
        environment={"AZUREML_DEBUG_PORT": port},
    )
    kind, found = worker.greeting()
    assert (kind, found["cause"]) == (frames.FAILED, "settings_invalid")
    assert told in found["message"]
