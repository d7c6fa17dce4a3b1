"""The command line on real services: what the README and the demo tell people to type."""

import http.client
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.command import Command

EXAMPLE = Path(__file__).parents[2] / "examples/mnist"

SCRIPT = """\
import json, os, pathlib

def init():
    global offset
    folder = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
    offset = json.loads((folder / "offset.json").read_text())
    print("loaded", offset, os.environ.get("MODE"), len(os.environ.get("TOKEN", "")))

def run(raw_data):
    return [number + offset for number in json.loads(raw_data)["data"]]
"""


@pytest.fixture
def files(command: Command) -> Iterator[Command]:
    (command.folder / "offset.json").write_text("3")
    (command.folder / "score.py").write_text(SCRIPT)
    (command.folder / "rows.json").write_text('{"data": [1, 2]}')
    command("model", "register", "offset", "offset.json")
    yield command
    for service in command.json("service", "list"):  # of a test that failed half-way
        command("service", "delete", service["name"])


DEPLOY = ("deploy", "adder", "--model", "offset", "--entry-script", "score.py")


def test_life_of_a_service(files: Command) -> None:
    files.environment["TOKEN"] = "hush-hush"
    said = files(*DEPLOY, "--env", "MODE=fast", "--secret", "TOKEN", "--tag", "team=a").stdout
    assert "adder is healthy, revision 1." in said
    assert [s["state"] for s in files.json("service", "list")] == ["Healthy"]
    assert json.loads(files("service", "run", "adder", "--input", "rows.json").stdout) == [4, 5]
    assert "loaded 3 fast 9" in files("service", "logs", "adder").stdout
    first = files.json("service", "show", "adder")

    (files.folder / "score.py").write_text(SCRIPT.replace("+ offset", "* offset"))
    files(*DEPLOY)
    second = files.json("service", "show", "adder")
    assert (second["revision"], second["scoring_uri"]) == (2, first["scoring_uri"])
    assert second["tags"] == {"team": "a"}
    assert json.loads(files("service", "run", "adder", "--input", "rows.json").stdout) == [3, 6]

    files("service", "rollback", "adder")
    assert json.loads(files("service", "run", "adder", "--input", "rows.json").stdout) == [4, 5]
    assert len(files.json("service", "revisions", "adder")) == 3
    files("service", "restart", "adder")
    assert json.loads(files("service", "run", "adder", "--input", "rows.json").stdout) == [4, 5]

    refused = files("model", "delete", "offset", code=1)
    assert "adder" in refused.stderr
    files("service", "delete", "adder")
    files("model", "delete", "offset")
    files.assert_nothing_runs()


def test_lines_it_prints_score_the_service_with_curl(files: Command) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    files(*DEPLOY)
    save, curl = files("service", "curl", "adder", "--input", "rows.json").stdout.splitlines()
    files.shell(save)
    assert json.loads(files.shell(curl)) == [4, 5]

    files("service", "keys", "adder", "--regenerate", "primary")
    assert "[4" not in files.shell(curl)
    files.shell(save)
    assert json.loads(files.shell(curl)) == [4, 5]
    files("service", "delete", "adder")
    files.assert_nothing_runs()


def test_service_outlives_the_command_and_wants_its_key(files: Command) -> None:
    files(*DEPLOY)
    uri = urlsplit(files.json("service", "show", "adder")["scoring_uri"])
    key = files.json("service", "keys", "adder")["secondary"]
    for header, status in [({}, 401), ({"Authorization": f"Bearer {key}"}, 200)]:
        connection = http.client.HTTPConnection(uri.netloc, timeout=10)
        connection.request("POST", uri.path, body='{"data": [1]}', headers=header)
        assert connection.getresponse().status == status
        connection.close()
    files("service", "delete", "adder")


def test_following_the_log_sees_what_is_added_and_ends_with_ctrl_c(files: Command) -> None:
    files(*DEPLOY)
    with files.start("service", "logs", "adder", "-f", "-n", "1") as following:
        assert following.stdout is not None
        try:
            files("service", "run", "adder", "--input", "rows.json")
            assert any("/score" in line for line in following.stdout)
            following.send_signal(signal.SIGINT)
            _, complaint = following.communicate(timeout=10)
        finally:
            following.kill()
    assert following.returncode == 130
    assert "The service goes on." in complaint
    files("service", "delete", "adder")


def test_failing_init_ends_the_deployment_with_file_line_and_traceback(files: Command) -> None:
    (files.folder / "score.py").write_text(SCRIPT.replace("offset.json", "gone.json"))
    failed = files(*DEPLOY, code=1)
    assert "score.py:6" in failed.stderr
    assert "gone.json" in failed.stderr
    assert "hint: " in failed.stderr
    assert files.json("service", "show", "adder")["error"]["cause"] == "init_raised"
    files("service", "delete", "adder")
    files.assert_nothing_runs()


def test_local_test_compares_with_the_expected_answer(files: Command) -> None:
    (files.folder / "good.json").write_text("[4, 5]")
    (files.folder / "bad.json").write_text("[4, 6]")
    args = ("test", *DEPLOY[2:], "--input", "rows.json", "--expect")
    assert "as expected" in files(*args, "good.json").stdout
    assert "answer[1]: expected 6, got 5" in files(*args, "bad.json", code=1).stderr
    (files.folder / "rows.json").write_text('{"rows": []}')
    failed = files("test", *DEPLOY[2:], "--input", "rows.json", code=1)
    assert "KeyError: 'data'" in failed.stderr
    assert "line 10, in run" in failed.stderr
    files.assert_nothing_runs()


def test_workspace_of_a_folder(command: Command) -> None:
    command("workspace", "create", "team")
    command("workspace", "use", "team")
    assert command.json("workspace", "show")["name"] == "team"
    assert command.json("--workspace", "default", "workspace", "show")["name"] == "default"
    assert {w["name"] for w in command.json("workspace", "list")} == {"default", "team"}
    command("workspace", "delete", "team", "--yes")
    assert "team" in command("model", "list", code=1).stderr


def test_doctor_finds_this_machine_fit(command: Command) -> None:
    assert {finding["level"] for finding in command.json("doctor")} <= {"ok", "warning"}


def test_the_example_walks_as_its_readme_says(command: Command) -> None:
    for name in ("score.py", "myenv.yml", "train.py"):
        shutil.copy(EXAMPLE / name, command.folder)
    subprocess.run([sys.executable, "train.py"], cwd=command.folder, check=True)
    (command.folder / "rows.json").write_text(json.dumps({"data": [[0.0] * 64] * 2}))
    command("model", "register", "sklearn_mnist", "sklearn_mnist_model.pkl", "--tag", "data=mnist")
    what = ("--model", "sklearn_mnist", "--entry-script", "score.py", "--conda", "myenv.yml")
    command("test", *what, "--input", "rows.json")
    command("deploy", "sklearn-mnist-svc", *what)
    answer = json.loads(
        command("service", "run", "sklearn-mnist-svc", "--input", "rows.json").stdout
    )
    assert len(json.loads(answer)) == 2
    command("service", "delete", "sklearn-mnist-svc")
    command.assert_nothing_runs()
