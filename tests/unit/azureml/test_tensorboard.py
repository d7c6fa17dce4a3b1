"""TensorBoard on the files of runs; what is started here stands in for it."""

import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from azureml.core import Experiment, Workspace
from azureml.exceptions import UserErrorException
from azureml.tensorboard import Tensorboard

SERVES = """
import argparse, functools, http.server
parser = argparse.ArgumentParser()
for name in ("--logdir", "--host", "--port"):
    parser.add_argument(name)
given = parser.parse_args()
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=given.logdir)
http.server.HTTPServer((given.host, int(given.port)), handler).serve_forever()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of that name, found by this interpreter and by those it starts."""
    package = tmp_path / "site" / "tensorboard"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return package


def test_it_serves_what_runs_have_logged_for_it(
    tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (installed / "main.py").write_text(SERVES)
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Experiment(Workspace.create("tests", show_output=False), "board").start_logging()
    (tmp_path / "events").write_text("seen")
    run.upload_file("./logs/events", "events")
    run.complete()

    board = Tensorboard([run], local_root=str(tmp_path / "board"), port=0)
    address = board.start()
    try:
        with urlopen(f"{address}/{run.id}/logs/events") as answer:
            assert answer.read() == b"seen"
    finally:
        board.stop()


def test_one_that_does_not_start_says_why(installed: Path) -> None:
    (installed / "main.py").write_text("raise SystemExit('no such option')\n")
    with pytest.raises(UserErrorException, match=r"did not start. no such option"):
        Tensorboard([]).start()


@pytest.mark.skipif("tensorboard" in sys.modules, reason="it is installed")
def test_without_the_package_it_says_so() -> None:
    with pytest.raises(UserErrorException, match="pip install tensorboard"):
        Tensorboard([]).start()
